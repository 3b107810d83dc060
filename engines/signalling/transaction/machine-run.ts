/** What it takes to run a machine. */
export interface Machine<State, Event, Action> {
  readonly next: (state: State, event: Event) => readonly [State, ...Action[]]
  readonly perform: (action: Action) => void
  /** Called once, on reaching `terminated`, before the actions of that step. */
  readonly ended: () => void
}

/** Runs one of the pure machines of this folder: feeds it events and performs its actions. */
export class MachineRun<State extends string, Event, Action> {
  readonly #machine: Machine<State, Event, Action>
  #state: State
  #due: Event | undefined

  constructor(state: State, machine: Machine<State, Event, Action>) {
    this.#state = state
    this.#machine = machine
  }

  get state(): State {
    return this.#state
  }

  /** Performs actions that belong to no event: those a machine begins with. */
  begin([, ...actions]: readonly [State, ...Action[]]) {
    for (const action of actions) this.#machine.perform(action)
  }

  feed(event: Event) {
    const [state, ...actions] = this.#machine.next(this.#state, event)
    const ends = state === 'terminated' && this.#state !== 'terminated'
    this.#state = state
    if (ends) this.#machine.ended()
    for (const action of actions) this.#machine.perform(action)
    const due = this.#due
    this.#due = undefined
    if (due !== undefined) this.feed(due)
  }

  /** Feeds an event when the present one is done: a timer of no length has fired. */
  feedNext(event: Event) {
    this.#due = event
  }

  /** Goes to `terminated` from outside; no event changes anything any more. */
  drop(terminated: State) {
    if (this.#state === terminated) return
    this.#state = terminated
    this.#machine.ended()
  }
}
