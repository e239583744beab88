package ui

import (
	"net/url"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// settingsView is the options a person may try, as the URL's query carries them. Times are in seconds, empty for the default.
type settingsView struct {
	read                       bool
	Isolation                  string
	Idle, Warn, Lifetime, Most string
}

// fromQuery reads what the page was opened with.
func (v *settingsView) fromQuery(query url.Values) {
	v.read = true
	v.Isolation = query.Get("isolation")
	v.Idle, v.Warn, v.Lifetime, v.Most = query.Get("idle"), query.Get("warn"), query.Get("lifetime"), query.Get("most")
}

// query writes it again; what is empty or no number of seconds is left out.
func (v *settingsView) query() string {
	values := url.Values{}
	if v.Isolation == "page" {
		values.Set("isolation", v.Isolation)
	}
	for name, text := range map[string]string{"idle": v.Idle, "warn": v.Warn, "lifetime": v.Lifetime, "most": v.Most} {
		if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
			values.Set(name, strconv.Itoa(seconds))
		}
	}
	return values.Encode()
}

// apply opens the page again with these settings.
func (c *Console) apply(_ app.Context, e app.Event) {
	e.PreventDefault()
	c.open(c.settings.query())
}

func (c *Console) open(query string) {
	location := app.Window().Get("location")
	target := location.Get("pathname").String()
	if query != "" {
		target += "?" + query
	}
	if target == location.Get("pathname").String()+location.Get("search").String() {
		location.Call("reload")
		return
	}
	location.Call("assign", target+"#settings")
}

func (c *Console) expireSoon(app.Context, app.Event) {
	quick := settingsView{Isolation: c.settings.Isolation, Lifetime: "60", Warn: "30"}
	c.open(quick.query())
}

func (c *Console) renderSettings() app.UI {
	v := c.settings
	if !v.read && app.IsClient {
		v.fromQuery(app.Window().URL().Query())
	}
	seconds := func(id, label, hint string, value *string) app.UI {
		return app.Div().Class("field").Body(
			app.Label().For(id).Text(label),
			app.Input().ID(id).Type("number").Min(1).Max(2_592_000).Attr("inputmode", "numeric").Aria("describedby", id+"-hint").
				Value(*value).OnInput(c.ValueTo(value), app.EventScope(id)),
			app.P().Class("muted").ID(id+"-hint").Text(hint),
		)
	}
	return app.Form().Class("card card--wide").OnSubmit(c.apply).Aria("label", "Settings").Body(
		app.P().Text("The page opens again with these options. The limits of a session that is running stay as they are: log out and sign in to try new ones."),
		app.Div().Class("pair").Body(
			app.If(c.config.Sandbox, func() app.UI {
				return app.Div().Class("field").Body(
					app.Label().For("isolation").Text("Isolation"),
					app.Select().ID("isolation").Aria("describedby", "isolation-hint").OnChange(c.ValueTo(&v.Isolation)).Body(
						app.Option().Value("worker").Selected(v.Isolation != "page").Text("worker: the token is out of the page’s reach"),
						app.Option().Value("page").Selected(v.Isolation == "page").Text("page: weaker, without workers"),
					),
					app.P().Class("muted").ID("isolation-hint").Text("Each has a session of its own. Offered with the sandbox alone."),
				)
			}),
			seconds("lifetime", "Longest lifetime, seconds", "Of a token without use. Default 7,200.", &v.Lifetime),
			seconds("warn", "Warning before the end, seconds", "Default 300, at most half the lifetime.", &v.Warn),
			seconds("idle", "End without input, seconds", "Default: never. PCI DSS asks for 900.", &v.Idle),
			seconds("most", "Longest session, seconds", "Default: never.", &v.Most),
		),
		app.Div().Class("row").Body(
			app.Button().Type("submit").Class("button button--primary").Text("Apply"),
			app.Button().Type("button").Class("button").Text("Watch an expiry in a minute").OnClick(c.expireSoon),
		),
	)
}
