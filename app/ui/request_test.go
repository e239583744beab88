package ui

import (
	"encoding/json"
	"strings"
	"testing"
)

var somebody = Session{User: "u1", Account: "a/1", AccountType: "account", Accounts: []string{"a/1"}, Application: "app"}

func TestFill_escapesIds(t *testing.T) {
	if got, want := fill("/account/{account}/x?u={user}&a={application}&b={other}", somebody), "/account/a%2F1/x?u=u1&a=app&b={other}"; got != want {
		t.Errorf("filled in: %q, want %q", got, want)
	}
}

func TestAsCurl_quotesForAShellAndNamesNoToken(t *testing.T) {
	r := request{Method: "POST", Path: "/account/{account}/payments?a[$eq]=1", Headers: "X-Note: it's\n\nAccept:  text/plain ", Body: `{"note":"it's $HOME"}`}
	got, err := r.asCurl("https://api.test", somebody)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`curl`, `-X 'POST'`, `--globoff 'https://api.test/account/a%2F1/payments?a[$eq]=1'`, `-H "Authorization: $EXACT_TOKEN"`,
		`-H 'X-Note: it'\''s'`, `-H 'Accept: text/plain'`, `-H 'Content-Type: application/json'`, `--data-raw '{"note":"it'\''s $HOME"}'`,
	}, " \\\n  ")
	if got != want {
		t.Errorf("copied:\n%s\nwant:\n%s", got, want)
	}
}

func TestAsFetch_isWhatThePageWouldWrite(t *testing.T) {
	for _, test := range []struct {
		r    request
		want string
	}{
		{request{Method: "GET", Path: "/status", Body: "not sent"}, `const response = await exact.fetch(exact.api + "/status");`},
		{request{Method: "DELETE", Path: "/x"}, "const response = await exact.fetch(exact.api + \"/x\", {\n  method: \"DELETE\",\n});"},
		{
			request{Method: "PUT", Path: "/x", Headers: "content-type: text/plain", Body: "\"</script>\u2028"},
			"const response = await exact.fetch(exact.api + \"/x\", {\n  method: \"PUT\",\n  headers: {\n    \"content-type\": \"text/plain\",\n  },\n  body: \"\\\"</script>\\u2028\",\n});",
		},
	} {
		if got, err := test.r.asFetch(somebody); err != nil || got != test.want {
			t.Errorf("copied:\n%s (%v)\nwant:\n%s", got, err, test.want)
		}
	}
}

func TestParseHeaders_saysWhatIsNoHeader(t *testing.T) {
	for _, text := range []string{"nonsense", ": value", "A: b\nnonsense"} {
		if _, err := parseHeaders(text); err == nil {
			t.Errorf("%q was read as headers", text)
		}
	}
	got, err := parseHeaders(" A: b:c \r\n\nB:")
	if err != nil || len(got) != 2 || got[0] != [2]string{"A", "b:c"} || got[1] != [2]string{"B", ""} {
		t.Errorf("headers were read as %q, %v", got, err)
	}
}

func TestPretty_indentsJSONAndLeavesTheRest(t *testing.T) {
	if got := pretty(`{"a":[1]}`); got != "{\n  \"a\": [\n    1\n  ]\n}" {
		t.Errorf("indented: %q", got)
	}
	for _, text := range []string{"", "plain", `{"half":`} {
		if got := pretty(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Any text survives both ways of quoting.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "it's", "a\nb", "\u2028", "'\\''", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		word := quoteShell(text)
		if back := strings.ReplaceAll(word[1:len(word)-1], `'\''`, "'"); back != text {
			t.Errorf("the shell would read %q as %q", word, back)
		}
		if inner := strings.ReplaceAll(word[1:len(word)-1], `'\''`, ""); strings.Contains(inner, "'") {
			t.Errorf("%q ends its word early", word)
		}
		var back string
		literal := quoteJS(text)
		if err := json.Unmarshal([]byte(literal), &back); err != nil || strings.ContainsAny(literal, "\n\u2028\u2029") {
			t.Errorf("%q is no literal of one line: %v", literal, err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); strings.Count(back, "\uFFFD") == 0 && back != want {
			t.Errorf("%q would be read as %q", literal, back)
		}
	})
}

func TestSize_isForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 2_500_000: "2.5 MB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}
