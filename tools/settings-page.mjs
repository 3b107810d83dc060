// Writes docs/settings.md from the settings of the compiled programs.
import { writeFileSync } from 'node:fs'
import { settingsPage } from '../dist/mcscp/settings-page.js'
import { root } from './run.mjs'

writeFileSync(`${root}docs/settings.md`, settingsPage())
