package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// mostShown bytes of a body are kept and shown; mostHistory requests are remembered, as long as the page lives.
const (
	mostShown   = 1 << 20
	mostHistory = 20
)

type apiView struct {
	request request
	answer  *answer // of the last request
	history []request
	problem string // of the request's own fields
}

// answer is what came back, as it comes.
type answer struct {
	sent       float64 // performance.now() ms
	firstMs    float64 // until the headers
	totalMs    float64 // until the end
	status     int
	statusText string
	headers    [][2]string
	body       []byte
	size       int64
	done       bool
	problem    string
	abort      app.Value // the AbortController
}

func performanceNow() float64 { return app.Window().Get("performance").Call("now").Float() }

// send sends the console's request and reads the answer as it arrives.
func (c *Console) send(_ app.Context, e app.Event) {
	e.PreventDefault()
	v := c.api
	if v.answer != nil && !v.answer.done {
		return
	}
	v.problem = ""
	r := v.request
	headers, err := r.headers()
	if err == nil && !strings.HasPrefix(r.Path, "/") {
		err = fmt.Errorf("the path must begin with a slash, like %s", suggestions[0].path)
	}
	if err != nil {
		v.problem = err.Error()
		return
	}
	v.remember(r)
	a := &answer{sent: performanceNow(), abort: app.Window().Get("AbortController").New()}
	v.answer = a
	pairs := make([]any, len(headers))
	for i, h := range headers {
		pairs[i] = []any{h[0], h[1]}
	}
	options := map[string]any{"method": r.Method, "headers": pairs, "signal": a.abort.Get("signal")}
	if r.hasBody() {
		options["body"] = r.Body
	}
	fail := func(f failure) { c.ui.Dispatch(func(app.Context) { a.end(f.Error()) }) }
	err = attempt(func() {
		settle(c.client.Call("fetch", c.client.Get("api").String()+fill(r.Path, c.session), options), func(res app.Value) {
			c.ui.Dispatch(func(ctx app.Context) {
				a.begin(res)
				a.read(ctx, res, fail)
			})
		}, fail)
	})
	if err != nil {
		a.end(err.Error())
	}
}

func (v *apiView) remember(r request) {
	history := []request{r}
	for _, old := range v.history {
		if old != r {
			history = append(history, old)
		}
	}
	v.history = history[:min(len(history), mostHistory)]
}

// begin takes status and headers.
func (a *answer) begin(res app.Value) {
	a.firstMs = performanceNow() - a.sent
	a.status, a.statusText = res.Get("status").Int(), res.Get("statusText").String()
	each := app.FuncOf(func(_ app.Value, args []app.Value) any {
		a.headers = append(a.headers, [2]string{args[1].String(), args[0].String()})
		return nil
	})
	defer each.Release()
	res.Get("headers").Call("forEach", each)
}

// read takes the body chunk by chunk.
func (a *answer) read(ctx app.Context, res app.Value, fail func(failure)) {
	stream := res.Get("body")
	if !stream.Truthy() {
		a.end("")
		return
	}
	reader := stream.Call("getReader")
	var next func()
	next = func() {
		settle(reader.Call("read"), func(part app.Value) {
			if part.Get("done").Bool() {
				ctx.Dispatch(func(app.Context) { a.end("") })
				return
			}
			chunk := part.Get("value")
			bytes := make([]byte, chunk.Get("byteLength").Int())
			app.CopyBytesToGo(bytes, chunk)
			ctx.Dispatch(func(app.Context) {
				a.size += int64(len(bytes))
				a.body = append(a.body, bytes[:min(len(bytes), mostShown-len(a.body))]...)
			})
			next()
		}, fail)
	}
	next()
}

func (a *answer) end(problem string) {
	a.done, a.problem, a.totalMs = true, problem, performanceNow()-a.sent
}

// text is the body as people read it.
func (a *answer) text() string {
	text := strings.ToValidUTF8(string(a.body), "\uFFFD")
	if a.done {
		text = pretty(text)
	}
	return text
}

func (c *Console) abort(_ app.Context, _ app.Event) {
	if a := c.api.answer; a != nil && !a.done {
		a.abort.Call("abort")
	}
}

func (c *Console) copyAs(what, text string, err error) {
	if err != nil {
		c.api.problem = err.Error()
		return
	}
	c.copy(what, text)
}

func (c *Console) copyFetch(app.Context, app.Event) {
	text, err := c.api.request.asFetch(c.session)
	c.copyAs("JavaScript", text, err)
}

func (c *Console) copyCurl(app.Context, app.Event) {
	text, err := c.api.request.asCurl(c.client.Get("api").String(), c.session)
	c.copyAs("Command", text, err)
}

func (c *Console) renderAPI() app.UI {
	v := c.api
	busy := v.answer != nil && !v.answer.done
	return app.Div().Class("cards").Body(
		app.Form().Class("card card--wide").ID("request").Aria("label", "Request").OnSubmit(c.send).Body(
			app.Div().Class("call").Body(
				app.Div().Class("field").Body(
					app.Label().For("method").Text("Method"),
					app.Select().ID("method").OnChange(c.ValueTo(&v.request.Method), app.EventScope(fmt.Sprintf("%p", v))).Body(
						app.Range(methods).Slice(func(i int) app.UI {
							return app.Option().Value(methods[i]).Selected(methods[i] == v.request.Method).Text(methods[i])
						}),
					),
				),
				app.Div().Class("field call__path").Body(
					app.Label().For("path").Text("Path"),
					app.Input().ID("path").Type("text").Class("mono").List("paths").AutoComplete(false).Spellcheck(false).
						Attr("autocapitalize", "none").Value(v.request.Path).OnInput(c.ValueTo(&v.request.Path), app.EventScope(fmt.Sprintf("%p", v))),
					app.DataList().ID("paths").Body(app.Range(suggestions).Slice(func(i int) app.UI {
						s := suggestions[i]
						return app.Option().Value(s.path).Text(s.method + " " + s.about)
					})),
				),
				app.Button().Type("submit").Class("button button--primary").ID("send").Disabled(busy).Text("Send"),
				app.Button().Type("button").Class("button").ID("abort").Disabled(!busy).Text("Abort").OnClick(c.abort),
			),
			app.P().Class("muted").Text("{account}, {user}, {organization} and {application} are filled in from your session."),
			app.Details().Open(v.request.Headers != "" || v.request.Body != "").Body(
				app.Summary().Text("Headers and body"),
				app.Div().Class("pair").Body(
					app.Div().Class("field").Body(
						app.Label().For("headers").Text("Headers, one a line"),
						app.Textarea().ID("headers").Class("mono").Rows(4).Spellcheck(false).Attr("value", v.request.Headers).Placeholder("Accept: application/json").
							OnInput(c.ValueTo(&v.request.Headers), app.EventScope(fmt.Sprintf("%p", v))),
					),
					app.Div().Class("field").Body(
						app.Label().For("body").Text("Body (not sent with GET and HEAD)"),
						app.Textarea().ID("body").Class("mono").Rows(4).Spellcheck(false).Attr("value", v.request.Body).Placeholder(`{"amount": 1000}`).
							OnInput(c.ValueTo(&v.request.Body), app.EventScope(fmt.Sprintf("%p", v))),
					),
				),
			),
			problem(v.problem),
			app.Div().Class("row").Body(
				app.Button().Type("button").Class("button").ID("copy-fetch").Text("Copy as fetch").OnClick(c.copyFetch),
				app.Button().Type("button").Class("button").ID("copy-curl").Text("Copy as curl").OnClick(c.copyCurl),
			),
		),
		app.If(v.answer != nil, func() app.UI { return c.renderAnswer() }),
		app.If(len(v.history) > 0, func() app.UI {
			return app.Section().Class("card card--wide").Aria("labelledby", "history").Body(
				app.H2().ID("history").Text("History"),
				app.Ul().Class("history").Body(app.Range(v.history).Slice(func(i int) app.UI {
					r := v.history[i]
					return app.Li().Body(app.Button().Type("button").Class("link mono").DataSet("index", i).OnClick(c.recall).Text(r.Method + " " + r.Path))
				})),
			)
		}),
	)
}

// recall puts a former request back into the form.
func (c *Console) recall(ctx app.Context, _ app.Event) {
	i, err := strconv.Atoi(ctx.JSSrc().Get("dataset").Get("index").String())
	if err != nil || i < 0 || i >= len(c.api.history) {
		return
	}
	r := c.api.history[i]
	c.api.request = r
	// go-app leaves a field's text alone where it has no value to set.
	for id, text := range map[string]string{"headers": r.Headers, "body": r.Body} {
		if field := app.Window().GetElementByID(id); field.Truthy() {
			field.Set("value", text)
		}
	}
}

func (c *Console) renderAnswer() app.UI {
	a := c.api.answer
	state := "Waiting for an answer…"
	switch {
	case a.status != 0 && a.done && a.problem == "":
		state = fmt.Sprintf("%s in %.0f ms", size(a.size), a.totalMs)
	case a.status != 0 && !a.done:
		state = size(a.size) + " so far…"
	case a.done:
		state = fmt.Sprintf("failed after %.0f ms", a.totalMs)
	}
	return app.Section().Class("card card--wide").Aria("labelledby", "answer").Body(
		app.Div().Class("row row--apart").Body(
			app.H2().ID("answer").Text("Answer"),
			app.P().Class("row").ID("answer-state").Role("status").Body(
				app.If(a.status != 0, func() app.UI {
					kind := "good"
					if a.status >= 400 {
						kind = "bad"
					}
					return app.Span().Class("badge badge--" + kind).ID("status").Text(strings.TrimSpace(strconv.Itoa(a.status) + " " + a.statusText))
				}),
				app.If(a.status != 0, func() app.UI { return app.Span().Class("muted").Text(fmt.Sprintf("headers after %.0f ms", a.firstMs)) }),
				app.Span().Class("muted").Text(state),
			),
		),
		problem(a.problem),
		app.If(len(a.headers) > 0, func() app.UI {
			return app.Details().Body(
				app.Summary().Text("Headers that the API lets pages read ("+strconv.Itoa(len(a.headers))+")"),
				app.Dl().Class("facts mono").Body(app.Range(a.headers).Slice(func(i int) app.UI {
					return app.Div().Class("fact").Body(app.Dt().Text(a.headers[i][0]), app.Dd().Text(a.headers[i][1]))
				})),
			)
		}),
		app.If(a.status != 0, func() app.UI {
			text := a.text()
			if text == "" && a.done {
				return app.P().Class("muted").Text("The body is empty.")
			}
			return app.Pre().Class("body").ID("answer-body").TabIndex(0).Role("region").Aria("label", "Body").Text(text)
		}),
		app.If(a.size > mostShown, func() app.UI { return app.P().Class("muted").Text("Only the first " + size(mostShown) + " are shown.") }),
	)
}
