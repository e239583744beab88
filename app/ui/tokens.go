package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// tokensView is what the section knows. A secret is shown once and forgotten with the next step.
type tokensView struct {
	loading bool
	list    []applicationToken // nil until the first answer
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
	ID                 string   `json:"id"`
	Label              string   `json:"label"`
	AllowedPermissions []string `json:"allowedPermissions"`
	CreatedAt          string   `json:"createdAt"`
}

// managesTokens holds through an end too: the section stays beneath the form that asks for the password again.
func (c *Console) managesTokens() bool { return c.manages }

func (c *Console) tokensPath() string {
	return "/application/" + url.PathEscape(c.session.Application) + "/token"
}

// loadTokens gets the newest 100.
func (c *Console) loadTokens() {
	v := c.tokens
	if !c.session.may("application-tokens.read") {
		v.problem = "This session may make application tokens, not list them."
		return
	}
	v.loading = true
	get(c.ui, c.client, c.tokensPath()+"?$limit="+strconv.Itoa(mostItems), func(_ app.Context, r reply) {
		v.loading = false
		var list []applicationToken
		switch {
		case r.Status != http.StatusOK:
			v.problem = fmt.Sprintf("The tokens could not be listed: the API answered %d.", r.Status)
		case json.Unmarshal(r.Body, &list) != nil:
			v.problem = "The API's answer is not a list of tokens."
		default:
			v.problem, v.list = "", list
		}
	}, func(_ app.Context, err error) {
		v.loading, v.problem = false, "The tokens could not be listed: "+err.Error()
	})
}

// createRequest is the documented body: a label and permissions within the creator's own.
func (v *tokensView) createRequest(own []string) (string, error) {
	label := strings.TrimSpace(v.Label)
	if label == "" {
		return "", errors.New("enter a label, so that you know the token again")
	}
	var permissions []string
	for _, p := range own {
		if v.chosen[p] {
			permissions = append(permissions, p)
		}
	}
	if len(permissions) == 0 {
		return "", errors.New("choose at least one permission")
	}
	slices.Sort(permissions)
	body, err := json.Marshal(struct {
		Label       string   `json:"label"`
		Permissions []string `json:"permissions"`
	}{label, permissions})
	return string(body), err
}

func (c *Console) createToken(_ app.Context, e app.Event) {
	e.PreventDefault()
	v := c.tokens
	if v.creating {
		return
	}
	v.secret = ""
	body, err := v.createRequest(c.session.Permissions)
	if err != nil {
		v.formProblem = "The token was not made: " + err.Error() + "."
		return
	}
	v.creating, v.formProblem = true, ""
	call(c.ui, c.client, "POST", c.tokensPath(), body, func(ctx app.Context, r reply) {
		v.creating = false
		var made struct {
			Label, Token string
		}
		if r.Status/100 != 2 || json.Unmarshal(r.Body, &made) != nil || made.Token == "" {
			v.formProblem = fmt.Sprintf("The token was not made: the API answered %d.", r.Status)
			return
		}
		v.secret, v.secretLabel = made.Token, made.Label
		v.Label, v.chosen = "", nil
		if c.tokens == v {
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
		}
	}, func(_ app.Context, err error) {
		v.creating, v.formProblem = false, "The token was not made: "+err.Error()
	})
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
	call(c.ui, c.client, "DELETE", c.tokensPath()+"/"+url.PathEscape(id), "", func(ctx app.Context, r reply) {
		if r.Status/100 != 2 {
			v.problem = fmt.Sprintf("The token was not revoked: the API answered %d.", r.Status)
			return
		}
		if c.tokens == v {
			c.say("Revoked.")
			c.loadTokens()
		}
	}, func(_ app.Context, err error) { v.problem = "The token was not revoked: " + err.Error() })
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
					app.Td().Class("nowrap").Text(isoLocal(t.CreatedAt)),
					app.Td().Text(strings.Join(t.AllowedPermissions, ", ")),
					app.Td().Body(app.If(c.session.may("application-tokens.delete"), func() app.UI {
						return app.Button().Type("button").Class("button").DataSet("id", t.ID).OnClick(c.revoke).
							Aria("label", text+" "+t.Label).Text(text)
					})),
				)
			})),
		),
	)
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
