package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// An icon is page/icon.svg as pixels, for what wants no SVG.
type icon struct {
	name     string
	size     int
	maskable bool // fills the square: the system cuts its own shape
}

var icons = []icon{{"icon-192.png", 192, false}, {"icon-512.png", 512, false}, {"icon-maskable-512.png", 512, true}}

// draw samples each pixel 4 × 4 times.
func (i icon) draw() ([]byte, error) {
	const samples = 4
	img := image.NewNRGBA(image.Rect(0, 0, i.size, i.size))
	unit := 512 / float64(i.size)
	for y := range i.size {
		for x := range i.size {
			var ground, letter float64
			for s := range samples * samples {
				px := (float64(x) + (float64(s%samples)+.5)/samples) * unit
				py := (float64(y) + (float64(s/samples)+.5)/samples) * unit
				if !i.maskable && !inRounded(px, py) {
					continue
				}
				ground++
				if i.maskable { // within the safe zone, a circle of 80 %
					px, py = 256+(px-256)*1.2, 256+(py-256)*1.2
				}
				if inLetter(px, py) {
					letter++
				}
			}
			if ground == 0 {
				continue
			}
			share := letter / ground
			mix := func(from, to float64) uint8 { return uint8(math.Round(from + (to-from)*share)) }
			img.SetNRGBA(x, y, color.NRGBA{mix(0x1a, 255), mix(0x5f, 255), mix(0xb4, 255), uint8(math.Round(255 * ground / (samples * samples)))})
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// inRounded tells whether a point of the 512 × 512 square is within its corners of radius 112.
func inRounded(x, y float64) bool {
	const radius = 112
	dx := math.Max(0, math.Max(radius-x, x-(512-radius)))
	dy := math.Max(0, math.Max(radius-y, y-(512-radius)))
	return math.Hypot(dx, dy) <= radius
}

// inLetter tells whether a point is on the "e": an arc of radius 124 about the middle with a bar across, 52 wide.
func inLetter(x, y float64) bool {
	const radius, half = 124, 26
	dx, dy := x-254, y-256
	angle := math.Atan2(dy, dx) // 0 at the right, growing downward
	onArc := math.Abs(math.Hypot(dx, dy)-radius) <= half && (angle < 0 || angle > .66)
	onBar := math.Abs(dy+8) <= half && math.Abs(dx) <= radius
	end := math.Hypot(dx-radius*math.Cos(.66), dy-radius*math.Sin(.66)) <= half
	return onArc || onBar || end
}
