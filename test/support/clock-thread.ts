import { parentPort, workerData } from 'node:worker_threads'
import { clockOfThread } from '../../platform/clock.js'

// This module is a thread that tells what its clock shows.
const clock = clockOfThread(workerData)
parentPort?.on('message', () => parentPort?.postMessage(clock.now()))
