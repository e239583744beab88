package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// fact is one line of a list of facts.
func fact(name string, value ...app.UI) app.UI {
	return app.Div().Class("fact").Body(app.Dt().Text(name), app.Dd().Body(value...))
}

func code(text string) app.UI {
	if text == "" {
		return app.Span().Class("muted").Text("not told")
	}
	return app.Code().Text(text)
}

func (c *Console) renderSession() app.UI {
	s := c.session
	return app.Div().Class("cards").Body(
		app.Section().Class("card").Aria("labelledby", "until").Body(
			app.H2().ID("until").Text("How long it lasts"),
			app.P().Class("clock").ID("remaining").Text(span(s.RemainingMs)),
			app.Dl().Class("facts").Body(
				fact("State", app.Span().Class("badge badge--"+s.State).ID("state").Text(words(states, s.State)), app.If(s.Suspect, func() app.UI {
					return app.Span().Class("badge badge--expiring").Text("in doubt after a 401")
				})),
				fact("Ends, if nothing happens", app.Text(c.deadline())),
				fact("Your last input in this tab", app.Text(c.sinceInput())),
				fact("Last end", app.Text(c.end())),
			),
			app.Div().Class("row").Body(
				app.If(s.CanExtend, func() app.UI {
					return app.Button().Type("button").Class("button button--primary").Disabled(c.extending).Text("Stay signed in").OnClick(c.extend)
				}),
				app.Button().Type("button").Class("button").Text("Log out").OnClick(c.logOut),
			),
			problem(c.problem),
		),
		app.Section().Class("card").Aria("labelledby", "who").Body(
			app.H2().ID("who").Text("Who is signed in"),
			app.Dl().Class("facts").Body(
				fact("User", code(s.User)),
				fact("Account", code(s.Account)),
				fact("Kind of account", app.Text(orUnknown(s.AccountType))),
				fact("Application", code(s.Application)),
				fact("Mode", app.Text(orUnknown(s.Mode))),
				fact("May reach", app.Ul().Class("plain").Body(app.Range(s.Accounts).Slice(func(i int) app.UI {
					return app.Li().Body(app.Code().Text(s.Accounts[i]))
				}))),
				app.If(s.Exposed != "", func() app.UI { return fact("Note", app.Text(words(reasons, s.Exposed))) }),
			),
		),
		app.Section().Class("card card--wide").Aria("labelledby", "may").Body(
			app.H2().ID("may").Text("What this session may do"),
			c.renderPermissions(),
		),
	)
}

func (c *Console) renderPermissions() app.UI {
	groups := grouped(c.session.Permissions, c.query)
	count := 0
	for _, g := range groups {
		count += len(g.actions)
	}
	return app.Div().Body(
		app.Div().Class("field field--search").Body(
			app.Label().For("permission-query").Text("Search permissions"),
			app.Input().ID("permission-query").Type("search").AutoComplete(false).Value(c.query).OnInput(c.ValueTo(&c.query)),
		),
		app.P().Class("muted").ID("permission-count").Role("status").Text(strconv.Itoa(count)+" of "+strconv.Itoa(len(c.session.Permissions))+" permissions"),
		app.Dl().Class("permissions").Body(app.Range(groups).Slice(func(i int) app.UI {
			g := groups[i]
			return app.Div().Body(
				app.Dt().Text(g.resource),
				app.Dd().Body(app.Range(g.actions).Slice(func(j int) app.UI {
					return app.Code().Class("chip").Text(g.actions[j])
				})),
			)
		})),
	)
}

func (c *Console) deadline() string {
	if !c.session.alive() {
		return "—"
	}
	return localTime(c.session.Deadline)
}

func (c *Console) sinceInput() string {
	if c.lastInput == 0 {
		return "—"
	}
	since := now() - c.lastInput
	if since < 2000 {
		return "just now"
	}
	return span(since-999) + " ago"
}

func (c *Console) end() string {
	reason := c.lastEnd
	if reason == "" {
		reason = c.session.Reason
	}
	if reason == "" {
		return "none yet"
	}
	return words(reasons, reason)
}

func orUnknown(text string) string {
	if text == "" {
		return "not told"
	}
	return text
}

// problem shows what went wrong; an alert is spoken.
func problem(text string) app.UI {
	return app.P().Class("problem").Role("alert").Hidden(text == "").Text(text)
}
