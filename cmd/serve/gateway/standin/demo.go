package standin

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
)

// A Demo is both stand-ins, with secrets made for this run, and the gateway's
// configuration for them.
type Demo struct {
	account, suURL, xcoverURL string
	secrets                   map[string]string
}

// demoPartner is the demo's partner id at XCover.
const demoPartner = "DEMO"

// NewDemo makes a demo for callers that may read an account of Exact's.
func NewDemo(account string) *Demo {
	return &Demo{account: account, secrets: map[string]string{"SU_CLIENT_SECRET": rand.Text(), "XCOVER_CLIENT_SECRET": rand.Text()}}
}

// Servers are the stand-ins, each with the function that has to be told its URL.
func (d *Demo) Servers() map[http.Handler]func(url string) {
	return map[http.Handler]func(string){
		NewSu(SuOptions{Domain: "hotel.test", Secret: d.secrets["SU_CLIENT_SECRET"], Environment: "sandbox"}): func(url string) { d.suURL = url },
		NewXCover(XCoverOptions{ClientID: "demo", Secret: d.secrets["XCOVER_CLIENT_SECRET"], Partner: demoPartner}): func(url string) {
			d.xcoverURL = url
		},
	}
}

// Secret is the value of an environment variable that the configuration names.
func (d *Demo) Secret(name string) (string, bool) {
	secret, ok := d.secrets[name]
	return secret, ok
}

// Config is the gateway's configuration, once both URLs are known.
func (d *Demo) Config() []byte {
	type object = map[string]any
	partner := "/api/partners/" + demoPartner
	config, err := json.Marshal(object{
		"callers": object{
			"read":        "/account/" + d.account,
			"permissions": object{"charges.read": "/account/" + d.account + "/payments?$limit=1"},
		},
		"upstreams": object{
			"su": object{
				"kind": "su", "environment": "sandbox", "url": d.suURL, "domain": "hotel.test",
				"clientSecret": object{"env": "SU_CLIENT_SECRET"}, "validate": SuCheck, "permission": "charges.read",
				"allow": []string{"POST /SUAPI/jservice/Bookings", "POST /SUAPI/jservice/availability"},
			},
			"xcover": object{
				"kind": "xcover", "url": d.xcoverURL, "clientId": "demo", "clientSecret": object{"env": "XCOVER_CLIENT_SECRET"},
				"allow": []string{
					"GET " + partner + "/offers", "POST " + partner + "/offers/{offer}/confirm",
					"POST " + partner + "/quotes/{quote}/bookings", "DELETE " + partner + "/bookings/{booking}",
				},
			},
		},
	})
	if err != nil {
		panic(err) // maps of texts
	}
	return config
}
