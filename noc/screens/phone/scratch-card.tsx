import { useEffect, useRef, useState } from 'preact/hooks'
import { say } from '../shell/language.js'
import type { DemonstrationCard } from './answers.js'
import { TEXTS } from './texts.js'

/** Width of a thumb, and how much of the layer has to go until the rest is blown off. */
const THUMB_PX = 18
const ENOUGH = 0.45

/** The layer is looked at in squares of this size. */
const SQUARE_PX = 8

interface CardProps {
  readonly card: DemonstrationCard
  /** Keys its number; absent while nobody listens. */
  readonly keyIt: ((pin: string) => void) | undefined
}

/** A card with its number under a layer, which a pointer scratches off, or a key takes off at once. */
export function ScratchCard({ card: { serial, pin, faceValue }, keyIt }: CardProps) {
  const [bare, setBare] = useState(false)
  return (
    <li class="scratch-card" data-serial={serial} data-bare={bare}>
      <div class="worth">
        <b>{faceValue.toLocaleString()}</b> {say(TEXTS.yen)}
      </div>
      <div class="number">
        {bare ? (
          <span class="pin">{pin.replace(/(?=(?:.{4})+$)/g, ' ').trim()}</span>
        ) : (
          <Layer pin={pin} gone={() => setBare(true)} />
        )}
      </div>
      <div class="serial">
        {say(TEXTS.serial)} {serial}
      </div>
      {bare ? (
        <button type="button" disabled={!keyIt} onClick={() => keyIt?.(pin)}>
          {say(TEXTS.keyIt)}
        </button>
      ) : (
        <button type="button" class="quiet" onClick={() => setBare(true)}>
          {say(TEXTS.scratch)}
        </button>
      )}
    </li>
  )
}

/** The layer: silver that the pointer takes away. What is under it is drawn, so that no reader of the page tells it. */
function Layer({ pin, gone }: { readonly pin: string; readonly gone: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const scratched = useRef(new Set<string>())
  useEffect(() => {
    if (canvas.current) cover(canvas.current)
  }, [])
  const scratch = ({ offsetX, offsetY, buttons, pointerType }: PointerEvent) => {
    const surface = canvas.current
    if (!surface || (buttons === 0 && pointerType === 'mouse')) return
    erase(surface, offsetX, offsetY)
    note(scratched.current, surface, offsetX, offsetY)
    const squares = (surface.width / SQUARE_PX) * (surface.height / SQUARE_PX)
    if (scratched.current.size / squares > ENOUGH) gone()
  }
  return (
    <>
      <span class="pin" aria-hidden="true">
        {pin}
      </span>
      <canvas
        ref={canvas}
        width={200}
        height={32}
        role="img"
        aria-label={say(TEXTS.hidden)}
        onPointerDown={scratch}
        onPointerMove={scratch}
      />
    </>
  )
}

function cover(surface: HTMLCanvasElement): void {
  const draw = surface.getContext('2d')
  if (!draw) return
  const silver = draw.createLinearGradient(0, 0, surface.width, surface.height)
  for (const [at, colour] of [
    [0, '#9aa1ab'],
    [0.3, '#c9ced5'],
    [0.5, '#a7aeb8'],
    [0.8, '#d3d7dd'],
    [1, '#98a0aa'],
  ] as const) {
    silver.addColorStop(at, colour)
  }
  draw.fillStyle = silver
  draw.fillRect(0, 0, surface.width, surface.height)
}

function erase(surface: HTMLCanvasElement, x: number, y: number): void {
  const draw = surface.getContext('2d')
  if (!draw) return
  draw.globalCompositeOperation = 'destination-out'
  draw.beginPath()
  draw.arc(x, y, THUMB_PX / 2, 0, Math.PI * 2)
  draw.fill()
}

/** Notes the squares that a thumb at a place has taken. */
function note(taken: Set<string>, surface: HTMLCanvasElement, x: number, y: number): void {
  for (let dx = -THUMB_PX / 2; dx <= THUMB_PX / 2; dx += SQUARE_PX) {
    for (let dy = -THUMB_PX / 2; dy <= THUMB_PX / 2; dy += SQUARE_PX) {
      const [px, py] = [x + dx, y + dy]
      if (px < 0 || py < 0 || px >= surface.width || py >= surface.height) continue
      taken.add(`${Math.floor(px / SQUARE_PX)} ${Math.floor(py / SQUARE_PX)}`)
    }
  }
}
