package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

type sandboxView struct{ passwords bool }

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
		ctx.Dispatch(func(app.Context) { c.say(f.Error()) })
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
