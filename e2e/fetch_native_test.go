package e2e

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"exactlogin/cmd/serve/sandbox"
)

// foreignServer serves the fixtures on an origin that gets no token.
func foreignServer(t *testing.T) string {
	t.Helper()
	foreign := httptest.NewServer(sandbox.Fixtures())
	t.Cleanup(foreign.Close)
	return foreign.URL
}

// nowhere is an address where nothing listens.
func nowhere() string {
	s := httptest.NewServer(nil)
	s.Close()
	return s.URL + "/"
}

// besides opens a tab in which the browser's own fetch may go wherever exactlogin's may, and signs in.
func (b *browser) besides(i isolation, o options, before ...string) *realm {
	b.t.Helper()
	p := b.tab(before...)
	call(p, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	p.navigate(inPage.path())
	p.create(i, o)
	p.login(demo, demoPassword)
	return p
}

// Each case of testdata/fetch_cases.js gives the same by the browser's own fetch and by ours.
func TestF1_fetchDoesWhatTheBrowsersOwnDoes(t *testing.T) {
	source, err := os.ReadFile("testdata/fetch_cases.js")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, i isolation) {
		foreign := foreignServer(t)
		// Where the worker may not connect to, it cannot be redirected to either.
		s := newServer(t, "-connect", foreign)
		b := newBrowser(t, s)
		b.allow("") // failing is what many cases are about
		p := b.besides(i, options{"httpCache": "native", "on401": "ignore"})
		names := eval[[]string](p, string(source), map[string]string{"api": s.sandbox, "foreign": foreign, "gone": nowhere()})
		if len(names) < 150 {
			t.Fatalf("there are %d cases, want 150 or more", len(names))
		}
		for _, name := range names {
			t.Run(strings.ReplaceAll(name, "/", "∕"), func(t *testing.T) {
				// A loaded machine's network may fail either of them: what differs is run anew, and must differ always.
				var want, got string
				for range 3 {
					want = eval[string](p, `return runFetchCase(args[0], "native");`, name)
					got = eval[string](p, `return runFetchCase(args[0], "exact");`, name)
					if want == got {
						return
					}
				}
				t.Errorf("native and exact differ:\n%s", difference(want, got))
			})
		}
	})
}

// difference shows the lines that only one of two texts has, of texts with the same shape.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(a) != len(b) {
		return "native: " + want + "\nexact:  " + got
	}
	var out strings.Builder
	for n := range a {
		if a[n] != b[n] {
			out.WriteString("native: " + a[n] + "\nexact:  " + b[n] + "\n")
		}
	}
	return out.String()
}
