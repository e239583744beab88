package client

import (
	"slices"
	"strings"

	"exactlogin/wasm/exact"
	"exactlogin/wasm/session"
)

// Options are what a page asked for. They come in two kinds here: identity,
// which every connection to one session shares, and policy, of which a session
// keeps the strictest.
type Options struct {
	Identity
	Policy     session.Policy
	KeepAlive  *exact.Template
	Verify     *exact.Template
	WarnBefore int64 // ms, the page's own
}

// Identity is what makes two pages' sessions the same.
type Identity struct {
	Base        string   // address of the API, no slash at the end
	Origin      string   // of the API
	Allow       []string // further origins that may be sent the token, sorted
	Application string
	Mode        string
	Persistence string
	Isolation   string
	Revoke      *exact.Template
}

// Caps on options, far above any use.
const (
	maxAllow   = 100
	maxHeaders = 50
	maxText    = 4000
	maxTime    = 1 << 40 // ms, 34 years
)

// reader reads options out of what a page passed, and remembers the first
// problem.
type reader struct {
	object  map[string]any
	problem *Problem
}

// ReadOptions reads and checks a page's options. Missing ones are the
// defaults; wrong types, wrong values are a Problem that names the option.
// Unknown ones are the page's own to refuse.
func ReadOptions(value any) (Options, *Problem) {
	object, ok := value.(map[string]any)
	if !ok {
		return Options{}, refuse("", "The options must be an object.")
	}
	r := reader{object: object}
	o := Options{
		Identity: Identity{
			Allow:       r.allow(),
			Application: r.text("application"),
			Mode:        r.choice("mode", "", "test", "live"),
			Persistence: r.choice("persistence", "memory"),
			Isolation:   r.choice("isolation", "worker", "page"),
			Revoke:      r.template("revoke"),
		},
		Policy: session.Policy{
			Fixed:          r.choice("expiry", "sliding", "fixed") == "fixed",
			Lifetime:       r.time("lifetime"),
			IdleAfter:      r.time("idleAfter"),
			IdleBackground: r.time("idleBackground"),
			MaxLifetime:    r.time("maxLifetime"),
			On401:          session.On401(r.choice("on401", "verify", "end", "ignore")),
		},
		KeepAlive:  r.template("keepAlive"),
		Verify:     r.template("verify"),
		WarnBefore: r.time("warnBefore"),
	}
	o.Policy.HasKeepAlive = o.KeepAlive != nil
	o.Policy.HasVerify = o.Verify != nil
	o.Base, o.Origin = r.api()
	return o, r.problem
}

func refuse(option, message string) *Problem {
	return &Problem{Code: exact.InvalidOption, Message: message, Option: option}
}

// bad notes a problem; message continues the option's name.
func (r *reader) bad(option, message string) {
	if r.problem == nil {
		r.problem = refuse(option, "The option "+option+" "+message+".")
	}
}

// text reads a string; missing is "".
func (r *reader) text(name string) string {
	switch value := r.object[name].(type) {
	case nil:
		return ""
	case string:
		if len(value) <= maxText {
			return value
		}
		r.bad(name, "is too long")
	default:
		r.bad(name, "must be a string")
	}
	return ""
}

// choice reads one of some words, of which the first is the default.
func (r *reader) choice(name string, words ...string) string {
	value := r.text(name)
	switch {
	case value == "":
		return words[0]
	case slices.Contains(words, value):
		return value
	}
	r.bad(name, `must be "`+strings.TrimPrefix(strings.Join(words, `" or "`), `" or "`)+`"`)
	return words[0]
}

// time reads a duration in ms; missing is 0, none.
func (r *reader) time(name string) int64 {
	value := r.object[name]
	if value == nil {
		return 0
	}
	f, ok := value.(float64)
	if !ok || !(f >= 0 && f <= maxTime) { // NaN is neither
		r.bad(name, "must be a number of milliseconds, 0 or more")
		return 0
	}
	return int64(f)
}

func (r *reader) api() (base, origin string) {
	base, origin, err := exact.ParseAPI(r.text("api"))
	if err != nil {
		r.bad("api", err.Error()+`; or it is "sandbox" or "production"`)
	}
	return base, origin
}

func (r *reader) allow() []string {
	list, ok := r.object["allow"].([]any)
	if !ok && r.object["allow"] != nil || len(list) > maxAllow {
		r.bad("allow", "must be a list of origins")
		return nil
	}
	var origins []string
	for _, entry := range list {
		s, ok := entry.(string)
		if !ok {
			r.bad("allow", "must be a list of origins, as strings")
			return nil
		}
		origin, err := exact.ParseOrigin(s)
		if err != nil {
			r.bad("allow", "has an entry that "+err.Error())
			return nil
		}
		origins = append(origins, origin)
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

// template reads a request as data; missing or null is none.
func (r *reader) template(name string) *exact.Template {
	if r.object[name] == nil {
		return nil
	}
	object, ok := r.object[name].(map[string]any)
	if !ok {
		r.bad(name, "must be a request: {method, path, headers, body}")
		return nil
	}
	inner := reader{object: object}
	t := &exact.Template{Method: inner.text("method"), Path: inner.text("path")}
	if object["body"] != nil {
		body := inner.text("body")
		t.Body = &body
	}
	pairs, ok := object["headers"].([]any)
	if inner.problem != nil || !ok && object["headers"] != nil || len(pairs) > maxHeaders {
		r.bad(name, "must have a method, a path and a body that are strings, and a list of headers")
		return nil
	}
	for _, pair := range pairs {
		header, _ := pair.([]any)
		if len(header) != 2 {
			r.bad(name, "has a header that is no pair")
			return nil
		}
		key, ok1 := header[0].(string)
		value, ok2 := header[1].(string)
		if !ok1 || !ok2 {
			r.bad(name, "has a header that is no text")
			return nil
		}
		t.Headers = append(t.Headers, [2]string{key, value})
	}
	if err := t.Check(); err != nil {
		r.bad(name, err.Error())
		return nil
	}
	return t
}

// differs names the first option in which two identities are not the same, ""
// if there is none.
func (i Identity) differs(other Identity) string {
	switch {
	case i.Base != other.Base:
		return "api"
	case !slices.Equal(i.Allow, other.Allow):
		return "allow"
	case i.Application != other.Application:
		return "application"
	case i.Mode != other.Mode:
		return "mode"
	case i.Persistence != other.Persistence:
		return "persistence"
	case i.Isolation != other.Isolation:
		return "isolation"
	case !sameTemplate(i.Revoke, other.Revoke):
		return "revoke"
	}
	return ""
}

func sameTemplate(a, b *exact.Template) bool {
	if a == nil || b == nil {
		return a == b
	}
	sameBody := a.Body == nil && b.Body == nil || a.Body != nil && b.Body != nil && *a.Body == *b.Body
	return a.Method == b.Method && a.Path == b.Path && slices.Equal(a.Headers, b.Headers) && sameBody
}

// allows reports whether the token may go to an origin, given as the browser
// serializes it. This is the one place where destinations are compared.
func (i Identity) allows(origin string) bool {
	return origin != "" && (origin == i.Origin || slices.Contains(i.Allow, origin))
}
