/** Variable that names the result of an application in its last event. */
export const RESPONSE_VARIABLE = 'current_application_response'
