import { render } from 'preact'
import { App } from './shell/app.js'
import { wearTheme } from './shell/theme.js'

wearTheme()
render(<App />, document.getElementById('app') ?? document.body)
