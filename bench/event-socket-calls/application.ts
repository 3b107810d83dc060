import { executed, type ModeslConnection, modeslApplication } from '../../test/support/modesl.js'

// A modesl application as a process of its own: answers every call, plays a tone, hangs up.

const [tone = ''] = process.argv.slice(2)

const take = async (connection: ModeslConnection): Promise<void> => {
  await executed(connection, 'answer')
  await executed(connection, 'playback', tone)
  connection.execute('hangup', 'NORMAL_CLEARING')
}

const { port } = await modeslApplication(connection => void take(connection))
process.once('disconnect', () => process.exit())
process.send?.(port)
