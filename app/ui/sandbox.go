package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// controlPath is where the page's own server offers the sandbox's switches.
const controlPath = "/_sandbox/control"

type sandboxView struct {
	passwords bool
	switches  *switches // nil until they are known
	problem   string
	// What the next requests shall get.
	FailCode, FailTimes string
}

// switches are those of the sandbox that the page can turn. Times are in ms.
type switches struct {
	Lifetime float64 `json:"lifetime"`
	Latency  float64 `json:"latency"`
	Drop     int     `json:"drop"`
	CORS     bool    `json:"cors"`
	Status   *struct {
		Code  int `json:"code"`
		Times int `json:"times"`
	} `json:"status"`
}

// turnSwitch changes switches, and shows them as the sandbox then has them. An empty change only looks.
func (c *Console) turnSwitch(method string, change map[string]any) {
	v := c.sandbox
	options := map[string]any{"method": method, "cache": "no-store"}
	if change != nil {
		text, err := json.Marshal(change)
		if err != nil {
			v.problem = err.Error()
			return
		}
		options["body"] = string(text)
		options["headers"] = map[string]any{"Content-Type": "application/json"}
	}
	fail := func(f failure) {
		c.ui.Dispatch(func(app.Context) { v.problem = "The sandbox could not be reached: " + f.Error() })
	}
	settle(app.Window().Call("fetch", controlPath, options), func(res app.Value) {
		status := res.Get("status").Int()
		settle(res.Call("text"), func(text app.Value) {
			body := text.String()
			c.ui.Dispatch(func(app.Context) { v.turned(status, body) })
		}, fail)
	}, fail)
}

// turned takes over what the sandbox says of its switches.
func (v *sandboxView) turned(status int, body string) {
	var s switches
	switch {
	case status != http.StatusOK:
		v.problem = body
	case json.Unmarshal([]byte(body), &s) != nil:
		v.problem = "the sandbox's answer cannot be read"
	default:
		v.switches, v.problem = &s, ""
	}
}

// turnSeconds turns a switch that is a time, from a field in seconds.
func (c *Console) turnSeconds(ctx app.Context, _ app.Event) {
	field := ctx.JSSrc()
	seconds, err := strconv.ParseFloat(field.Get("value").String(), 64)
	if err != nil {
		c.sandbox.problem = "Enter a number of seconds."
		return
	}
	c.turnSwitch("PATCH", map[string]any{field.Get("dataset").Get("switch").String(): int64(seconds * 1000)})
}

func (c *Console) turnCORS(ctx app.Context, _ app.Event) {
	c.turnSwitch("PATCH", map[string]any{"cors": ctx.JSSrc().Get("checked").Bool()})
}

func (c *Console) failNext(_ app.Context, e app.Event) {
	e.PreventDefault()
	code, err := strconv.Atoi(c.sandbox.FailCode)
	times, err2 := strconv.Atoi(c.sandbox.FailTimes)
	if err != nil || err2 != nil {
		c.sandbox.problem = "Enter a status and how many requests shall get it."
		return
	}
	if code == 0 {
		c.turnSwitch("PATCH", map[string]any{"drop": times})
		return
	}
	c.turnSwitch("PATCH", map[string]any{"status": map[string]any{"code": code, "times": times}})
}

func (c *Console) resetSwitches(app.Context, app.Event) { c.turnSwitch("DELETE", nil) }

func (c *Console) renderSwitches() app.UI {
	v := c.sandbox
	if !c.config.Control {
		return app.P().Class("muted").Text("Start the server with -control to turn the sandbox’s switches here: latency, failures, lifetime.")
	}
	if v.switches == nil {
		return app.Div().Body(problem(v.problem), app.P().Class("muted").Text("Loading…"))
	}
	s := v.switches
	seconds := func(name, label string, ms float64) app.UI {
		return app.Div().Class("field").Body(
			app.Label().For("switch-"+name).Text(label),
			app.Input().ID("switch-"+name).Type("number").Min(0).Step(0.1).DataSet("switch", name).
				Value(strconv.FormatFloat(ms/1000, 'f', -1, 64)).OnChange(c.turnSeconds),
		)
	}
	pending := "The next requests are answered as always."
	switch {
	case s.Status != nil && s.Status.Times < 0:
		pending = fmt.Sprintf("Every request gets %d.", s.Status.Code)
	case s.Status != nil:
		pending = fmt.Sprintf("The next %d requests get %d.", s.Status.Times, s.Status.Code)
	case s.Drop > 0:
		pending = fmt.Sprintf("The connections of the next %d requests are cut.", s.Drop)
	}
	return app.Div().Body(
		problem(v.problem),
		app.Div().Class("pair").Body(
			seconds("lifetime", "Token lifetime, seconds", s.Lifetime),
			seconds("latency", "Latency, seconds", s.Latency),
			app.Label().Class("check").Body(
				app.Input().ID("switch-cors").Type("checkbox").Checked(s.CORS).OnChange(c.turnCORS),
				app.Span().Text("Pages may read answers (CORS)"),
			),
		),
		app.Form().Class("pair").Aria("label", "Failures").OnSubmit(c.failNext).Body(
			app.Div().Class("field").Body(
				app.Label().For("fail-code").Text("The next requests get"),
				app.Select().ID("fail-code").OnChange(c.ValueTo(&v.FailCode)).Body(
					app.Range(failures).Slice(func(i int) app.UI {
						return app.Option().Value(failures[i].code).Selected(failures[i].code == v.FailCode).Text(failures[i].title)
					}),
				),
			),
			app.Div().Class("field").Body(
				app.Label().For("fail-times").Text("How many requests"),
				app.Input().ID("fail-times").Type("number").Min(1).Value(v.FailTimes).OnInput(c.ValueTo(&v.FailTimes)),
			),
			app.Div().Class("row row--end").Body(
				app.Button().Type("submit").Class("button").ID("fail").Text("Let them fail"),
				app.Button().Type("button").Class("button").ID("reset").Text("Everything as it was").OnClick(c.resetSwitches),
			),
		),
		app.P().Class("muted").ID("pending").Role("status").Text(pending),
	)
}

// failures that can be ordered; 0 cuts the connection.
var failures = []struct{ code, title string }{
	{"401", "401, not accepted"}, {"403", "403, not allowed"}, {"429", "429, too many"},
	{"500", "500, broken"}, {"503", "503, not available"}, {"0", "a cut connection"},
}

// signInAs logs out and fills in the form for somebody else.
func (c *Console) signInAs(ctx app.Context, _ app.Event) {
	i, err := strconv.Atoi(ctx.JSSrc().Get("dataset").Get("person").String())
	if err != nil || i < 0 || i >= len(c.config.People) {
		return
	}
	person := c.config.People[i]
	settle(c.client.Call("logout"), func(app.Value) {
		c.element.Set("email", person.Email)
		if field := c.element.Call("querySelector", "input[name=password]"); field.Truthy() {
			field.Set("value", person.Password)
		}
	}, func(f failure) {
		c.ui.Dispatch(func(app.Context) { c.say(f.Error()) })
	})
}

func (c *Console) togglePasswords(app.Context, app.Event) { c.sandbox.passwords = !c.sandbox.passwords }

func (c *Console) renderSandbox() app.UI {
	shown := c.sandbox.passwords
	label := "Show passwords"
	if shown {
		label = "Hide passwords"
	}
	return app.Div().Class("cards").Body(
		app.Section().Class("card card--wide").Aria("labelledby", "switches").Body(
			app.H2().ID("switches").Text("How it behaves"),
			c.renderSwitches(),
		),
		app.Section().Class("card card--wide").Aria("labelledby", "people").Body(
			app.Div().Class("row row--apart").Body(
				app.H2().ID("people").Text("Who can sign in"),
				app.Button().Type("button").Class("button").Text(label).OnClick(c.togglePasswords),
			),
			app.P().Class("muted").Text("All of them are made up. The sandbox forgets everything when it stops."),
			app.Div().Class("scroll").TabIndex(0).Role("region").Aria("labelledby", "people").Body(
				app.Table().Body(
					app.THead().Body(app.Tr().Body(
						app.Th().Scope("col").Text("Email"),
						app.If(shown, func() app.UI { return app.Th().Scope("col").Text("Password") }),
						app.Th().Scope("col").Text("What it shows"),
						app.Th().Scope("col").Body(app.Span().Class("visually-hidden").Text("Sign in")),
					)),
					app.TBody().Body(app.Range(c.config.People).Slice(func(i int) app.UI {
						p := c.config.People[i]
						return app.Tr().Body(
							app.Td().Text(p.Email),
							app.If(shown, func() app.UI { return app.Td().Body(app.Code().Text(p.Password)) }),
							app.Td().Text(p.Note),
							app.Td().Body(app.Button().Type("button").Class("button").DataSet("person", i).OnClick(c.signInAs).
								Aria("label", "Sign in as "+p.Email).Text("Sign in as")),
						)
					})),
				),
			),
		),
	)
}
