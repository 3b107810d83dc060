import { z } from 'zod'
import { epochMs } from '../../domain/clock.js'
import {
  domainName,
  ipAddress,
  moment,
  portNumber,
  setting,
  sipAddresses,
  wholeNumberBetween,
} from '../../platform/settings.js'
import { OWN_SCENARIOS, readScenarioList, SCENARIO_LIST_FORM } from '../scenarios/scenario-list.js'

const scenarioList = z
  .string()
  .transform((text, context) => {
    const [listed, mistakes] = readScenarioList(text)
    if (mistakes.length === 0) return listed
    context.addIssue({ code: 'custom', message: mistakes.join('; ') })
    return z.NEVER
  })
  .describe(SCENARIO_LIST_FORM)

/** The settings of scp's call control. */
export const callControlSettings = {
  engineHost: setting('MCSCP_SCP_SIP_APPLICATION_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address at which the signalling engine of scp waits for it',
  }),
  enginePort: setting('MCSCP_SCP_SIP_APPLICATION_PORT', portNumber, {
    default: '9032',
    about: 'port of the signalling engine of scp for its application, on loopback only',
    source: 'drachtio-server uses 9022',
  }),
  media: setting('MCSCP_SCP_MEDIA_ADDRESS', sipAddresses, {
    default: '127.0.0.1:5080;transport=tcp',
    about:
      'where scp sends admitted calls: the media engine, or several that share them in turn; one that has no room or is not there is passed over',
  }),
  domain: setting('MCSCP_SCP_DOMAIN', domainName, {
    default: 'scp.mcscp',
    about: 'domain under which scp is known to the media engine',
  }),
  serviceStart: setting(
    'MCSCP_SERVICE_START',
    moment.transform(epochMs).describe('moment with offset'),
    {
      default: '2000-12-01T00:00:00+09:00',
      about: 'first moment of the service; before it, 1400 is not in service',
      source: 'seed 004 §1, requirement S-06',
    },
  ),
  scenarios: setting('MCSCP_SCENARIOS', scenarioList, {
    default: OWN_SCENARIOS.join(','),
    about: 'the scenarios that run: ours by name, added ones with the file of their module',
    source: 'seed 004 §3.3(1), requirements M-08, M-09',
  }),
  stopped: setting(
    'MCSCP_SERVICES_STOPPED',
    z
      .string()
      .transform(text => (text === 'none' ? [] : text.split(',')))
      .describe('none, or names of scenarios with commas between'),
    {
      default: 'none',
      about: 'services that take no new calls',
      source: 'seed 004 §3.3(1), requirement M-06',
    },
  ),
  callsMax: setting('MCSCP_SCP_CALLS_MAX', wholeNumberBetween(1, 100_000), {
    default: '1000',
    unit: 'calls',
    about: 'most charge calls at once; one more hears the congestion announcement',
    source: 'requirement M-05',
  }),
  callsASecond: setting('MCSCP_SCP_CALLS_A_SECOND', wholeNumberBetween(1, 10_000), {
    default: '100',
    unit: 'calls/s',
    about:
      'call attempts taken, with as many at once after a silence; others hear the congestion announcement',
    source: 'requirement M-05',
  }),
  callsToBeAsked: setting('MCSCP_SCP_CALLS_TO_BE_ASKED', wholeNumberBetween(1, 100_000), {
    default: '100',
    unit: 'calls',
    about:
      'most calls at once that were let in and of which ivr has asked nothing yet, a quarter as many while each of them waits over 1 s; others hear the congestion announcement',
    source: 'requirement M-05',
  }),
  setUpSeconds: setting('MCSCP_SCP_SET_UP_S', wholeNumberBetween(1, 300), {
    default: '15',
    unit: 's',
    about: 'how long the media engine may take to answer',
  }),
  callSeconds: setting('MCSCP_SCP_CALL_S', wholeNumberBetween(1, 3_600), {
    default: '300',
    unit: 's',
    about: 'how long a charge call may last before scp ends it',
    source: 'requirements §4: a call cap of 5 min',
  }),
}
