package exact

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func ptr(s string) *string { return &s }

func TestTemplate_Check(t *testing.T) {
	for _, test := range []struct {
		template Template
		ok       bool
	}{
		{Template{Path: "/account/{account}"}, true},
		{Template{Path: "/"}, true},
		{Template{Path: "/a?x={user}&y=%20"}, true},
		{Template{Method: "put", Path: "/token", Body: ptr(`{}`)}, true},
		{Template{Method: "DELETE", Path: "/token"}, true},
		{Template{Path: "/a", Headers: [][2]string{{"X-Shop", "1"}}}, true},
		{Template{Path: ""}, false},
		{Template{Path: "account"}, false},
		{Template{Path: "//evil.test/"}, false},
		{Template{Path: `/\evil.test`}, false},
		{Template{Path: `\\evil.test`}, false},
		{Template{Path: "https://evil.test"}, false},
		{Template{Path: "{account}"}, false},
		{Template{Path: "/a/../b"}, false},
		{Template{Path: "/a/%2e%2E/b"}, false},
		{Template{Path: "/a/.%2e"}, false},
		{Template{Path: "/a#b"}, false},
		{Template{Path: "/a b"}, false},
		{Template{Path: "/a\tb"}, false},
		{Template{Path: "/é"}, false},
		{Template{Method: "GE T", Path: "/"}, false},
		{Template{Method: "TRACE", Path: "/"}, false},
		{Template{Method: "connect", Path: "/"}, false},
		{Template{Path: "/", Body: ptr("")}, false},
		{Template{Path: "/", Headers: [][2]string{{"Authorization", "x"}}}, false},
		{Template{Path: "/", Headers: [][2]string{{"X Y", "x"}}}, false},
		{Template{Path: "/", Headers: [][2]string{{"X", "a\r\nAuthorization: b"}}}, false},
	} {
		if err := test.template.Check(); (err == nil) != test.ok {
			t.Errorf("Check(%+v) = %v, want ok = %t", test.template, err, test.ok)
		}
	}
}

func TestTemplate_Fill(t *testing.T) {
	template := Template{Method: "post", Path: "/account/{account}/x?u={user}", Body: ptr(`{"a":"{account}","u":"{user}"}`)}
	method, path, body, err := template.Fill("a/../?#{user}", `u"},{"\`)
	if err != nil || method != "POST" || path != "/account/a%2F..%2F%3F%23%7Buser%7D/x?u=u%22%7D%2C%7B%22%5C" || *body != `{"a":"a/../?#{user}","u":"u\"},{\"\\"}` {
		t.Errorf("Fill = %s %s %s, %v", method, path, *body, err)
	}
	for name, ids := range map[string][2]string{
		"no account": {"", "u"}, "no user": {"a", ""},
	} {
		if _, _, _, err := template.Fill(ids[0], ids[1]); err == nil {
			t.Errorf("%s: filled without it", name)
		}
	}
	for _, account := range []string{".", ".."} {
		if _, path, _, err := (Template{Path: "/account/{account}"}).Fill(account, ""); err == nil {
			t.Errorf("account %q changes the path: %s", account, path)
		}
	}
	if _, path, _, err := (Template{Path: "/x/.{account}"}).Fill(".", ""); err == nil {
		t.Errorf("an account completes dots: %s", path)
	}
	if _, path, _, err := (Template{Path: "/{account}"}).Fill("/evil.test", ""); err != nil || path != "/%2Fevil.test" {
		t.Errorf("an account that begins with a slash: %s, %v", path, err)
	}
}

// Whatever the ids, path and body keep the shape that the template gave them.
func FuzzTemplate(f *testing.F) {
	f.Add("64b0c0ffee", "64b0")
	f.Add("..", `"},{"`)
	f.Add("a/../b", "{account}")
	f.Add("%2e%2e", "\xff")
	f.Fuzz(func(t *testing.T, account, user string) {
		template := Template{Method: "POST", Path: "/account/{account}/keep?user={user}", Body: ptr(`{"account":"{account}","user":"{user}"}`)}
		_, path, body, err := template.Fill(account, user)
		if err != nil {
			return
		}
		u, err := url.Parse(Sandbox + path)
		if err != nil {
			t.Fatalf("Fill(%q, %q) = %q: %v", account, user, path, err)
		}
		if u.Host != "api.exactpaysandbox.com" || u.Path != "/account/"+account+"/keep" || u.Query().Get("user") != user || len(u.Query()) != 1 {
			t.Errorf("Fill(%q, %q) = %q is another address", account, user, path)
		}
		if strings.Count(path, "/") != 3 || strings.Count(path, "?") != 1 {
			t.Errorf("Fill(%q, %q) = %q has other parts", account, user, path)
		}
		var decoded map[string]string
		if err := json.Unmarshal([]byte(*body), &decoded); err != nil || len(decoded) != 2 {
			t.Fatalf("Fill(%q, %q) has the body %q: %v", account, user, *body, err)
		}
		if utf8.ValidString(account) && decoded["account"] != account {
			t.Errorf("Fill(%q, %q) has the body %q", account, user, *body)
		}
	})
}
