package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// mostEntries bounds the log, which lives as long as the page.
const mostEntries = 200

// entry is one line of what happened.
type entry struct {
	at    float64 // ms since 1970
	kind  string
	text  string
	here  bool // this tab caused it
	state string
}

// what the client's events mean.
var happenings = map[string]string{
	"change":           "The session changed.",
	"expiring":         "The session is about to end.",
	"extended":         "The session lasts longer again.",
	"expired":          "The session ended by itself.",
	"unauthorized":     "The API answered 401 to the current token.",
	"storage-degraded": "The session could not be stored and lives in memory.",
}

func (c *Console) noteEvent(kind string, e app.Value) {
	text := happenings[kind]
	s := sessionOf(e) // as it was then
	if !s.alive() && s.Reason != "" && (kind == "change" || kind == "expired") {
		text += " Reason: " + words(reasons, s.Reason) + "."
	}
	here := e.Get("here")
	c.note(kind, text, s.State, here.Type() == app.TypeBoolean && here.Bool())
}

func (c *Console) note(kind, text, state string, here bool) {
	e := entry{at: now(), kind: kind, text: text, here: here, state: state}
	c.entries = append([]entry{e}, c.entries[:min(len(c.entries), mostEntries-1)]...)
}

func (c *Console) renderEvents() app.UI {
	return app.Section().Class("card card--wide").Aria("label", "Timeline").Body(
		app.P().Class("muted").Text("What happened to the session while this page was open, newest first."),
		app.Ol().Class("timeline").Body(app.Range(c.entries).Slice(func(i int) app.UI {
			e := c.entries[i]
			return app.Li().Class("timeline__entry timeline__entry--"+e.kind).Body(
				app.Time().Class("timeline__time").Text(localClock(e.at)),
				app.Div().Body(
					app.P().Class("timeline__head").Body(
						app.Code().Text(e.kind),
						app.Span().Class("badge badge--"+e.state).Text(words(states, e.state)),
						app.If(e.here, func() app.UI { return app.Span().Class("muted").Text("by this tab") }),
					),
					app.P().Text(e.text),
				),
			)
		})),
	)
}
