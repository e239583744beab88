package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

func TestSettings_keepWhatMakesSenseAndNothingElse(t *testing.T) {
	var v settingsView
	v.fromQuery(url.Values{"isolation": {"page"}, "idle": {"60"}, "warn": {"-1"}, "lifetime": {"soon"}, "most": {"0"}, "api": {"https://evil.test"}})
	if got := v.query(); got != "idle=60&isolation=page" {
		t.Errorf("the query is %q", got)
	}
	v = settingsView{Isolation: "worker"}
	if got := v.query(); got != "" {
		t.Errorf("the defaults' query is %q, want none", got)
	}
}

func TestRender_beforeTheSessionIsKnownShowsNothingOfAnybody(t *testing.T) {
	html := app.HTMLString(New())
	for _, want := range []string{`id="console"`, `href="#payments"`, `id="section-heading"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page's first look lacks %s", want)
		}
	}
	if strings.Contains(html, "#sandbox") {
		t.Error("the sandbox is offered before it is known to be there")
	}
}

func TestTokenDetails_holdALabelAndNoPermissionThatIsNotOnesOwn(t *testing.T) {
	own := []string{"charges.read", "accounts.read"}
	v := tokensView{Label: " till ", chosen: map[string]bool{"charges.read": true, "accounts.read": true, "users.delete": true}}
	if label, permissions, err := v.details(own); err != nil || label != "till" || strings.Join(permissions, " ") != "accounts.read charges.read" {
		t.Errorf("the details are %q, %q, %v", label, permissions, err)
	}
	for _, v := range []tokensView{{Label: " ", chosen: v.chosen}, {Label: "till"}, {Label: "till", chosen: map[string]bool{"users.delete": true}}} {
		if label, permissions, err := v.details(own); err == nil {
			t.Errorf("%+v became %q, %q", v, label, permissions)
		}
	}
}
