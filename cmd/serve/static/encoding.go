package static

import (
	"strconv"
	"strings"
)

// choose picks the variant an Accept-Encoding header likes best (RFC 9110,
// 12.5.3); among equals the most compressed, br before gzip before none.
func choose(variants []variant, accept string) variant {
	weights := weigh(accept)
	best, bestWeight := variants[0], weightOf(weights, "identity")
	for i := len(variants) - 1; i > 0; i-- { // br, the first, comes last and wins ties
		if weight := weightOf(weights, variants[i].coding); weight > 0 && weight >= bestWeight {
			best, bestWeight = variants[i], weight
		}
	}
	return best
}

// weightOf is how welcome a coding is, 0 to 1. Unmentioned, identity is the
// last resort, and others are not acceptable.
func weightOf(weights map[string]float64, coding string) float64 {
	if weight, ok := weights[coding]; ok {
		return weight
	}
	if weight, ok := weights["*"]; ok {
		return weight
	}
	if coding == "identity" {
		return 0.0001 // below the least weight that can be written
	}
	return 0
}

func weigh(accept string) map[string]float64 {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		if name == "x-gzip" { // RFC 9110, 8.4.1.3
			name = "gzip"
		}
		weight := 1.0
		if key, value, ok := strings.Cut(strings.TrimSpace(parameters), "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				q = 0 // nonsense is no consent
			}
			weight = q
		}
		weights[name] = weight
	}
	return weights
}
