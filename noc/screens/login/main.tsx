import { render } from 'preact'
import { wearTheme } from '../shell/theme.js'
import { LoginPage } from './page.js'

wearTheme()
render(<LoginPage />, document.getElementById('app') ?? document.body)
