/** Where a SIP request goes, as `127.0.0.1:5070;transport=tcp`: host and port, with parameters if any. */
export const SIP_ADDRESS =
  /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}(?:;[a-z]+=[A-Za-z0-9.-]+)*$/
