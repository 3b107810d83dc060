import { filePathOr, portNumber, setting } from './settings.js'

/** Where noc answers: the operators' browsers, and commands that a person gives. */
export const nocPortSetting = setting('MCSCP_NOC_PORT', portNumber, {
  default: '14080',
  about: 'port of the operators’ screens, on loopback only',
  source: 'requirement M-03',
})

/** What a command reads that somebody gives as a person of the card office. */
export const personSettings = {
  nocPort: nocPortSetting,
  passwordFile: setting('MCSCP_PASSWORD_FILE', filePathOr('ask'), {
    default: 'ask',
    about:
      'owner-only file with the password of who gives a command with --as; ask: at the terminal, unseen',
    source: 'requirement §5.3',
  }),
}
