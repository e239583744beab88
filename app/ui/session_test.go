package ui

import (
	"fmt"
	"testing"
)

func TestSpan_roundsUpSoThatNothingIsLeftAtZeroAlone(t *testing.T) {
	for _, test := range []struct {
		ms   float64
		want string
	}{
		{-5, "0 s"}, {0, "0 s"}, {1, "1 s"}, {1000, "1 s"}, {59_001, "1 min 00 s"}, {61_000, "1 min 01 s"},
		{3_600_000, "1 h 00 min 00 s"}, {7_199_001, "2 h 00 min 00 s"}, {7_265_000, "2 h 01 min 05 s"},
	} {
		if got := span(test.ms); got != test.want {
			t.Errorf("span(%v) = %q, want %q", test.ms, got, test.want)
		}
	}
}

func TestParseSession_ofNonsenseIsNobodys(t *testing.T) {
	for _, text := range []string{"", "undefined", "7", `{"permissions": "all"}`} {
		if s := parseSession(text); s.alive() {
			t.Errorf("%q became a session that is alive: %+v", text, s)
		}
	}
	s := parseSession(`{"state":"expiring","user":"u","permissions":["a.b"],"remainingMs":1.5,"future":{}}`)
	if !s.alive() || s.User != "u" || !s.may("a.b") || s.may("a.c") || s.RemainingMs != 1.5 {
		t.Errorf("the session was read as %+v", s)
	}
}

func TestGrouped_sortsByResourceAndKeepsWhatHasEveryWord(t *testing.T) {
	permissions := []string{"users.read", "charges.read-guid", "charges.create", "odd"}
	for query, want := range map[string]string{
		"":             "[{charges [create read-guid]} {odd []} {users [read]}]",
		" READ ":       "[{charges [read-guid]} {users [read]}]",
		"read charges": "[{charges [read-guid]}]",
		"nothing":      "[]",
	} {
		got := ""
		for _, g := range grouped(permissions, query) {
			got += fmt.Sprintf(" {%s %v}", g.resource, trim(g.actions))
		}
		if got = "[" + got[min(1, len(got)):] + "]"; got != want {
			t.Errorf("grouped by %q: %s, want %s", query, got, want)
		}
	}
	if fmt.Sprint(permissions) != "[users.read charges.read-guid charges.create odd]" {
		t.Error("the session's own list was sorted")
	}
}

// trim leaves out the action of a permission that has none.
func trim(actions []string) []string {
	if len(actions) == 1 && actions[0] == "" {
		return nil
	}
	return actions
}
