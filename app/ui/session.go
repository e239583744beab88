package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Session is `client.session`: the session at one moment, without any secret. Times are in milliseconds.
type Session struct {
	State       string   `json:"state"`
	User        string   `json:"user"`
	Account     string   `json:"account"`
	AccountType string   `json:"accountType"`
	Application string   `json:"application"`
	Mode        string   `json:"mode"`
	Permissions []string `json:"permissions"`
	Accounts    []string `json:"accounts"`
	Deadline    float64  `json:"deadline"`
	RemainingMs float64  `json:"remainingMs"`
	CanExtend   bool     `json:"canExtend"`
	Suspect     bool     `json:"suspect"`
	Reason      string   `json:"reason"`
	Exposed     string   `json:"exposed"`
}

// parseSession reads the JSON text of a session; of what is no session it makes nobody's.
func parseSession(text string) Session {
	var s Session
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return Session{State: "signed-out"}
	}
	return s
}

// alive tells whether requests go out with the token.
func (s Session) alive() bool { return s.State == "active" || s.State == "expiring" }

// may tells whether the session has a permission.
func (s Session) may(permission string) bool { return slices.Contains(s.Permissions, permission) }

// states in words.
var states = map[string]string{
	"signed-out": "Signed out",
	"restoring":  "Looking for a session",
	"active":     "Signed in",
	"expiring":   "About to end",
	"expired":    "Ended",
}

// reasons for an end, in words.
var reasons = map[string]string{
	"logout":           "logged out",
	"idle":             "nobody was there for a while",
	"max-lifetime":     "the longest time for one session was over",
	"expired":          "the session expired",
	"rejected":         "the API ended it",
	"user-changed":     "somebody else signed in",
	"updated":          "the page was updated",
	"last-tab-closed":  "the last tab was closed",
	"worker-crashed":   "the worker that held it died",
	"service-worker":   "a service worker may see the token",
	"storage-degraded": "the session could not be stored",
}

// words gives a code in words, or the code.
func words(table map[string]string, code string) string {
	if text, ok := table[code]; ok {
		return text
	}
	return code
}

// span gives milliseconds as "1 h 05 min 09 s", rounded up, so that nothing is left at "0 s" alone.
func span(ms float64) string {
	seconds := max(0, int64((ms+999)/1000))
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %02d min %02d s", h, m, s)
	case m > 0:
		return fmt.Sprintf("%d min %02d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// group is a resource with the actions a session may take on it.
type group struct {
	resource string
	actions  []string
}

// grouped sorts permissions ("resource.action") by resource and keeps those that contain every word of the query.
func grouped(permissions []string, query string) []group {
	var groups []group
	for _, p := range slices.Sorted(slices.Values(permissions)) {
		if !matches(p, query) {
			continue
		}
		resource, action, _ := strings.Cut(p, ".")
		if n := len(groups); n == 0 || groups[n-1].resource != resource {
			groups = append(groups, group{resource: resource})
		}
		last := &groups[len(groups)-1]
		last.actions = append(last.actions, action)
	}
	return groups
}

func matches(text, query string) bool {
	text = strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// now is the page's wall clock, in ms since 1970.
func now() float64 { return float64(time.Now().UnixMilli()) }
