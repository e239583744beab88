package static

import (
	"strconv"
	"strings"
)

// A coding of files: its name, how the names of files in it end, and its place
// among equals: the first is the smallest.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}

// choose picks the variant an Accept-Encoding header likes best (RFC 9110,
// 12.5.3); among equals the most compressed. It gives nil when even the plain
// file is refused, by name: "*;q=0" alone is what people write to get it.
func choose(variants []*variant, accept string) *variant {
	w := weigh(accept)
	var best *variant
	bestWeight := 0.0
	if plain := w.identity(); plain > 0 {
		best, bestWeight = variants[0], plain
	}
	for i := len(variants) - 1; i > 0; i-- { // the first coding comes last and wins ties
		if weight := w.of(variants[i].coding); weight > 0 && weight >= bestWeight {
			best, bestWeight = variants[i], weight
		}
	}
	return best
}

const unmentioned = -1

// weights are those of an Accept-Encoding header, 0 to 1 or unmentioned.
type weights struct {
	codings    [3]float64 // as in codings
	plain, any float64
}

// of is how welcome a coding is. Unmentioned, it is not acceptable.
func (w *weights) of(coding string) float64 {
	for i := range codings {
		if codings[i].name != coding {
			continue
		}
		if w.codings[i] != unmentioned {
			return w.codings[i]
		}
		return max(w.any, 0)
	}
	return 0
}

// identity is how welcome the plain file is: the last resort, if unmentioned.
func (w *weights) identity() float64 {
	const last = 0.0001 // below the least weight that can be written
	switch {
	case w.plain != unmentioned:
		return w.plain
	case w.any > 0:
		return w.any
	}
	return last
}

func weigh(accept string) weights {
	w := weights{codings: [3]float64{unmentioned, unmentioned, unmentioned}, plain: unmentioned, any: unmentioned}
	for accept != "" {
		var part string
		part, accept, _ = strings.Cut(accept, ",")
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		weight := 1.0
		if key, value, ok := strings.Cut(strings.TrimSpace(parameters), "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				q = 0 // nonsense is no consent
			}
			weight = q
		}
		switch {
		case strings.EqualFold(name, "br"):
			w.codings[0] = weight
		case strings.EqualFold(name, "zstd"):
			w.codings[1] = weight
		case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"): // RFC 9110, 8.4.1.3
			w.codings[2] = weight
		case strings.EqualFold(name, "identity"):
			w.plain = weight
		case name == "*":
			w.any = weight
		}
	}
	return w
}
