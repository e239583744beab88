package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// tokensView is what the section knows. A secret is shown once: it goes when it is copied, with the next step, when the
// section or the page is left, and with the session.
type tokensView struct {
	loading bool
	list    []applicationToken // nil until the first answer
	total   int                // 0 where it is unknown
	problem string

	Label, Query string
	chosen       map[string]bool
	creating     bool
	formProblem  string
	secret       string // of the token just made
	secretLabel  string

	confirm string // the id that is asked about
}

// applicationToken is what lists tell of one: never the secret.
type applicationToken struct {
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Permissions []string `json:"permissions"`
	CreatedAt   float64  `json:"createdAt"` // ms since 1970, 0 if unknown
}

// managesTokens holds through an end too: the section stays beneath the form that asks for the password again.
func (c *Console) managesTokens() bool { return c.manages }

// onTokens calls a method of the client's application tokens. Both functions run on the UI goroutine.
func (c *Console) onTokens(method string, ok func(app.Context, app.Value), failed func(problem string), args ...any) {
	fail := func(f failure) {
		text := strings.TrimPrefix(f.Message, "exactlogin: ")
		if f.Issues != "" {
			text += " (" + f.Issues + ")"
		}
		c.ui.Dispatch(func(app.Context) { failed(text + ".") })
	}
	try := func(f func()) {
		if err := attempt(f); err != nil {
			fail(failure{Message: err.Error()})
		}
	}
	try(func() {
		settle(c.element.Call("applicationTokens", c.client), func(tokens app.Value) {
			try(func() {
				settle(tokens.Call(method, args...), func(v app.Value) { c.ui.Dispatch(func(ctx app.Context) { ok(ctx, v) }) }, fail)
			})
		}, fail)
	})
}

// loadTokens gets the newest.
func (c *Console) loadTokens() {
	v := c.tokens
	if !c.session.may("application-tokens.read") {
		v.problem = "This session may make application tokens, not list them."
		return
	}
	v.loading = true
	c.onTokens("list", func(_ app.Context, answer app.Value) {
		var list struct {
			Items []applicationToken `json:"items"`
			Total int                `json:"total"`
		}
		v.loading = false
		if err := json.Unmarshal([]byte(stringify(answer)), &list); err != nil {
			v.problem = "The tokens could not be listed: " + err.Error() + "."
			return
		}
		v.problem, v.list, v.total = "", list.Items, list.Total
	}, func(problem string) {
		v.loading, v.problem = false, "The tokens could not be listed: "+problem
	}, map[string]any{"limit": mostItems, "sort": "-createdAt"})
}

// details are what the form says: a label, and permissions of one's own.
func (v *tokensView) details(own []string) (label string, permissions []string, err error) {
	label = strings.TrimSpace(v.Label)
	if label == "" {
		return "", nil, errors.New("enter a label, so that you know the token again")
	}
	for _, p := range own {
		if v.chosen[p] {
			permissions = append(permissions, p)
		}
	}
	if len(permissions) == 0 {
		return "", nil, errors.New("choose at least one permission")
	}
	slices.Sort(permissions)
	return label, permissions, nil
}

func (c *Console) createToken(_ app.Context, e app.Event) {
	e.PreventDefault()
	v := c.tokens
	if v.creating {
		return
	}
	v.secret = ""
	label, permissions, err := v.details(c.session.Permissions)
	if err != nil {
		v.formProblem = "The token was not made: " + err.Error() + "."
		return
	}
	list := make([]any, len(permissions))
	for i, p := range permissions {
		list[i] = p
	}
	v.creating, v.formProblem = true, ""
	c.onTokens("create", func(ctx app.Context, made app.Value) {
		v.creating = false
		v.Label, v.chosen = "", nil
		if c.tokens != v || !c.session.alive() {
			return // whoever asked for it is gone
		}
		v.secret, v.secretLabel = made.Get("token").String(), label
		// go-app leaves a field's text alone where it has no value to set.
		if field := app.Window().GetElementByID("token-label"); field.Truthy() {
			field.Set("value", "")
		}
		c.loadTokens()
		ctx.Defer(func(app.Context) {
			if field := app.Window().GetElementByID("secret"); field.Truthy() {
				field.Call("select")
			}
		})
	}, func(problem string) {
		v.creating, v.formProblem = false, "The token was not made: "+problem
	}, map[string]any{"label": label, "permissions": list})
}

// copySecret copies it and forgets it.
func (c *Console) copySecret(app.Context, app.Event) {
	v := c.tokens
	copyText(c.ui, v.secret, func(_ app.Context, err error) {
		if err != nil {
			v.formProblem = "It could not be copied: " + err.Error() + ". Select it and copy it by hand."
			return
		}
		v.secret = ""
		c.say("The secret is on the clipboard. It is not shown again.")
	})
}

func (c *Console) forgetSecret(app.Context, app.Event) { c.tokens.secret = "" }

// leaveTokens forgets what is not to be found by whoever comes back.
func (c *Console) leaveTokens() { c.tokens.secret, c.tokens.confirm = "", "" }

// hideSecret empties the field of a page that is left, at once: the page may be kept as it is, to come back to.
func (c *Console) hideSecret() {
	if field := app.Window().GetElementByID("secret"); field.Truthy() {
		field.Set("value", "")
	}
	c.ui.Dispatch(func(app.Context) { c.leaveTokens() })
}

// revoke asks first, and revokes with the second click.
func (c *Console) revoke(ctx app.Context, _ app.Event) {
	v := c.tokens
	id := ctx.JSSrc().Get("dataset").Get("id").String()
	if v.confirm != id {
		v.confirm = id
		c.say("Press again to revoke the token. What uses it stops working.")
		return
	}
	v.confirm = ""
	c.onTokens("revoke", func(app.Context, app.Value) {
		if c.tokens == v {
			c.say("Revoked.")
			c.loadTokens()
		}
	}, func(problem string) { v.problem = "The token was not revoked: " + problem }, id)
}

func (c *Console) choose(ctx app.Context, _ app.Event) {
	box := ctx.JSSrc()
	if c.tokens.chosen == nil {
		c.tokens.chosen = map[string]bool{}
	}
	c.tokens.chosen[box.Get("value").String()] = box.Get("checked").Bool()
}

func (c *Console) renderTokens() app.UI {
	v := c.tokens
	return app.Div().Class("cards").Body(
		app.Section().Class("card card--wide").Aria("labelledby", "tokens").Body(
			app.H2().ID("tokens").Text("Tokens of "+c.session.Application),
			problem(v.problem),
			app.If(v.list == nil && v.problem == "", func() app.UI { return app.P().Class("muted").Text("Loading…") }),
			app.If(v.total > len(v.list), func() app.UI {
				return app.P().Class("muted").Text(fmt.Sprintf("The newest %d of %d.", len(v.list), v.total))
			}),
			app.If(v.list != nil && len(v.list) == 0, func() app.UI { return app.P().Class("muted").ID("no-tokens").Text("There are none.") }),
			app.If(len(v.list) > 0, func() app.UI { return c.renderTokenList() }),
		),
		app.If(c.session.may("application-tokens.create") || !c.session.alive(), func() app.UI {
			return app.Section().Class("card card--wide").Aria("labelledby", "make").Body(
				app.H2().ID("make").Text("Make a token"),
				app.P().Class("muted").Text("For a server of yours, never for a page: it does not expire, and whoever has it can do what it may."),
				// In a place of its own: what comes and goes beside the form would make the form anew.
				app.Div().Body(app.If(v.secret != "", func() app.UI {
					return app.Div().Class("secret").Body(
						app.Label().For("secret").Text("The secret of “"+v.secretLabel+"”, shown this once"),
						app.Input().ID("secret").Class("mono").Type("text").ReadOnly(true).AutoComplete(false).Value(v.secret),
						app.Div().Class("row").Body(
							app.Button().Type("button").Class("button button--primary").Text("Copy and forget").OnClick(c.copySecret),
							app.Button().Type("button").Class("button").ID("forget").Text("Forget").OnClick(c.forgetSecret),
						),
					)
				})),
				c.renderTokenForm(),
			)
		}),
	)
}

func (c *Console) renderTokenList() app.UI {
	v := c.tokens
	return app.Div().Class("scroll").TabIndex(0).Role("region").Aria("labelledby", "tokens").Body(
		app.Table().ID("token-list").Aria("busy", v.loading).Body(
			app.THead().Body(app.Tr().Body(
				app.Th().Scope("col").Text("Label"), app.Th().Scope("col").Text("Made"), app.Th().Scope("col").Text("May"),
				app.Th().Scope("col").Body(app.Span().Class("visually-hidden").Text("Revoke")),
			)),
			app.TBody().Body(app.Range(v.list).Slice(func(i int) app.UI {
				t := v.list[i]
				text := "Revoke"
				if v.confirm == t.ID {
					text = "Really revoke"
				}
				return app.Tr().Body(
					app.Td().Text(t.Label),
					app.Td().Class("nowrap").Text(madeAt(t.CreatedAt)),
					app.Td().Text(strings.Join(t.Permissions, ", ")),
					app.Td().Body(app.If(c.session.may("application-tokens.delete"), func() app.UI {
						return app.Button().Type("button").Class("button").DataSet("id", t.ID).OnClick(c.revoke).
							Aria("label", text+" "+t.Label).Text(text)
					})),
				)
			})),
		),
	)
}

func madeAt(ms float64) string {
	if ms == 0 {
		return ""
	}
	return localTime(ms)
}

func (c *Console) renderTokenForm() app.UI {
	v := c.tokens
	var shown []string
	for _, p := range slices.Sorted(slices.Values(c.session.Permissions)) {
		if matches(p, v.Query) || v.chosen[p] {
			shown = append(shown, p)
		}
	}
	scope := app.EventScope(fmt.Sprintf("%p", v))
	return app.Form().ID("token-form").Aria("labelledby", "make").OnSubmit(c.createToken).Body(
		app.Div().Class("pair").Body(
			app.Div().Class("field").Body(
				app.Label().For("token-label").Text("Label"),
				app.Input().ID("token-label").Type("text").AutoComplete(false).Value(v.Label).OnInput(c.ValueTo(&v.Label), scope),
			),
			app.Div().Class("field").Body(
				app.Label().For("token-query").Text("Search permissions"),
				app.Input().ID("token-query").Type("search").AutoComplete(false).Value(v.Query).OnInput(c.ValueTo(&v.Query), scope),
			),
		),
		app.FieldSet().Class("checks").Body(
			app.Legend().Text("What the token may do"),
			app.Range(shown).Slice(func(i int) app.UI {
				p := shown[i]
				return app.Label().Class("check").Body(
					app.Input().Type("checkbox").Attr("value", p).Checked(v.chosen[p]).OnChange(c.choose),
					app.Code().Text(p),
				)
			}),
		),
		problem(v.formProblem),
		app.Button().Type("submit").Class("button button--primary").ID("make-token").Disabled(v.creating).Text("Make the token"),
	)
}
