package gateway

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Claims are what a token says of itself. No partner publishes a key, so no
// signature is checked: they serve expiry and display, and decide nothing else.
type Claims struct {
	Expiry  time.Time // zero = unknown
	Scopes  []string
	Partner string
	Test    *bool // nil = unknown
}

const (
	largestToken = 8 << 10 // bytes; servers commonly refuse header lines over 8 KiB
	mostScopes   = 100
	longestText  = 200
)

// readClaims reads the claims of a JWT (RFC 7519) and is content with whatever
// it finds: an opaque token has none, odd ones are left out.
func readClaims(token string) Claims {
	var c Claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > largestToken {
		return c
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return c
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(payload, &raw) != nil {
		return c
	}
	// NumericDate may have a fraction (RFC 7519, 2), and XCover's have one.
	if seconds, ok := readSeconds(raw["exp"]); ok {
		c.Expiry = time.UnixMilli(int64(math.Floor(seconds * 1000)))
	}
	var list []string
	var text string
	switch {
	case json.Unmarshal(raw["scopes"], &list) == nil:
		c.Scopes = list
	case json.Unmarshal(raw["scope"], &text) == nil:
		c.Scopes = strings.Fields(text)
	}
	c.Scopes = boundScopes(c.Scopes)
	var number json.Number
	if json.Unmarshal(raw["partner_id"], &text) == nil && len(text) <= longestText {
		c.Partner = text
	} else if json.Unmarshal(raw["partner_id"], &number) == nil && len(number) <= longestText {
		c.Partner = number.String()
	}
	var test bool
	if string(raw["is_test"]) != "null" && json.Unmarshal(raw["is_test"], &test) == nil {
		c.Test = &test
	}
	return c
}

func boundScopes(scopes []string) []string {
	var bound []string
	for _, scope := range scopes {
		if scope != "" && len(scope) <= longestText && len(bound) < mostScopes {
			bound = append(bound, scope)
		}
	}
	return bound
}

// readSeconds reads a number of seconds, written as a number or as a text. Over
// 1e11 (the year 5138) it is no number of seconds but a mistake.
func readSeconds(raw json.RawMessage) (float64, bool) {
	text := strings.TrimSpace(strings.Trim(string(raw), `"`))
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > 1e11 {
		return 0, false
	}
	return seconds, true
}
