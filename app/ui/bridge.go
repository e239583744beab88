package ui

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// settle calls one of two functions when a promise settles. What a promise rejects with can be anything.
func settle(promise app.Value, ok func(app.Value), failed func(failure)) {
	var onOK, onError app.Func
	release := func() {
		onOK.Release()
		onError.Release()
	}
	onOK = app.FuncOf(func(_ app.Value, args []app.Value) any {
		release()
		ok(first(args))
		return nil
	})
	onError = app.FuncOf(func(_ app.Value, args []app.Value) any {
		release()
		failed(describe(first(args)))
		return nil
	})
	promise.Call("then", onOK, onError)
}

func first(args []app.Value) app.Value {
	if len(args) == 0 {
		return app.Undefined()
	}
	return args[0]
}

// failure is what an error says; Code is that of an ExactLoginError, or empty. Issues are what the API found, in one line.
type failure struct{ Code, Name, Message, Issues string }

func (f failure) Error() string {
	if f.Code == "" {
		return f.Name + ": " + f.Message
	}
	return f.Message + " (" + f.Code + ")"
}

// describe reads an error, or anything else that was thrown.
func describe(v app.Value) failure {
	text := func(name string) string {
		if p := v.Get(name); p.Type() == app.TypeString {
			return p.String()
		}
		return ""
	}
	if v == nil || v.Type() != app.TypeObject {
		return failure{Name: "Error", Message: "something was thrown that is no error"}
	}
	return failure{Code: text("code"), Name: text("name"), Message: text("message"), Issues: issues(v.Get("issues"))}
}

// issues reads those of an ExactLoginError.
func issues(v app.Value) string {
	if v.Type() != app.TypeObject {
		return ""
	}
	var list []struct{ Path, Message string }
	if json.Unmarshal([]byte(stringify(v)), &list) != nil {
		return ""
	}
	var lines []string
	for _, issue := range list {
		lines = append(lines, strings.Trim(issue.Path+": "+issue.Message, ": "))
	}
	return strings.Join(lines, "; ")
}

// stringify gives a value of JavaScript as JSON.
func stringify(v app.Value) string { return app.Window().Get("JSON").Call("stringify", v).String() }

// attempt runs what may throw in JavaScript, which is a panic here.
func attempt(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	f()
	return nil
}

// listen adds a listener that calls f on the UI goroutine, and never goes: the console lives as long as its page.
func listen(ctx app.Context, target app.Value, event string, f func(app.Context, app.Value)) {
	target.Call("addEventListener", event, app.FuncOf(func(_ app.Value, args []app.Value) any {
		e := first(args)
		ctx.Dispatch(func(ctx app.Context) { f(ctx, e) })
		return nil
	}))
}

// sessionOf reads the `session` of the client, at this moment, or of an event.
func sessionOf(holder app.Value) Session {
	if holder == nil {
		return Session{State: "signed-out"}
	}
	return parseSession(stringify(holder.Get("session")))
}

// Config is what the page's server says of itself, in /config.json.
type Config struct {
	API     string   `json:"api"`
	Sandbox bool     `json:"sandbox"`
	People  []Person `json:"people"`
	Control bool     `json:"control"` // the sandbox's switches are at controlPath
}

// Person can sign in to the sandbox.
type Person struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Note     string `json:"note"`
}

// configOf reads the config that the page's own script left on the element.
func configOf(element app.Value) Config {
	var c Config
	if text := element.Get("serverConfig"); text.Type() == app.TypeString {
		if err := json.Unmarshal([]byte(text.String()), &c); err != nil {
			return Config{}
		}
	}
	return c
}

// reply is the answer to a call, read to its end.
type reply struct {
	Status int
	Total  int // of x-total-count; -1 where it cannot be read
	Body   []byte
}

// get sends a GET with the session's token and reads the whole answer. Both functions run on the UI goroutine.
func get(ctx app.Context, client app.Value, path string, ok func(app.Context, reply), failed func(app.Context, error)) {
	fail := func(f failure) { ctx.Dispatch(func(ctx app.Context) { failed(ctx, f) }) }
	options := map[string]any{"headers": map[string]any{"Accept": "application/json"}}
	err := attempt(func() {
		settle(client.Call("fetch", client.Get("api").String()+path, options), func(res app.Value) {
			r := reply{Status: res.Get("status").Int(), Total: -1}
			if total := res.Get("headers").Call("get", "x-total-count"); total.Type() == app.TypeString {
				if _, err := fmt.Sscanf(total.String(), "%d", &r.Total); err != nil {
					r.Total = -1
				}
			}
			settle(res.Call("text"), func(text app.Value) {
				r.Body = []byte(text.String())
				ctx.Dispatch(func(ctx app.Context) { ok(ctx, r) })
			}, fail)
		}, fail)
	})
	if err != nil {
		fail(failure{Name: "Error", Message: err.Error()})
	}
}

// localTime gives ms since 1970 in the person's own way and zone.
func localTime(ms float64) string {
	if app.IsServer {
		return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02 15:04:05")
	}
	return app.Window().Get("Date").New(ms).Call("toLocaleString", app.Undefined(), map[string]any{"dateStyle": "medium", "timeStyle": "medium"}).String()
}

// localClock is localTime without the day.
func localClock(ms float64) string {
	if app.IsServer {
		return time.UnixMilli(int64(ms)).UTC().Format("15:04:05")
	}
	return app.Window().Get("Date").New(ms).Call("toLocaleTimeString").String()
}

// copyText puts a text on the clipboard.
func copyText(ctx app.Context, text string, done func(app.Context, error)) {
	clipboard := app.Window().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() {
		done(ctx, fmt.Errorf("this browser gives no access to the clipboard here"))
		return
	}
	settle(clipboard.Call("writeText", text),
		func(app.Value) { ctx.Dispatch(func(ctx app.Context) { done(ctx, nil) }) },
		func(f failure) { ctx.Dispatch(func(ctx app.Context) { done(ctx, f) }) })
}
