package standin

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// XCoverOptions say which client XCover's stand-in knows.
type XCoverOptions struct {
	ClientID, Secret string
	Partner          string
	Live             bool // its tokens say is_test: false
}

// NewXCover makes a stand-in for XCover Elements.
func NewXCover(options XCoverOptions) *Partner {
	p := newPartner()
	p.give("POST /api/oauth/token",
		func(r *http.Request) bool {
			var grant struct {
				Type   string `json:"grant_type"`
				ID     string `json:"client_id"`
				Secret string `json:"client_secret"`
			}
			err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16)).Decode(&grant)
			return err == nil && r.Header.Get("Content-Type") == "application/json" && grant.Type == "client_credentials" &&
				same(grant.ID, options.ClientID) && same(grant.Secret, options.Secret)
		},
		func(now time.Time) string {
			// The times have fractions, and exp is a little before
			// iat + expires_in, as in XCover's own sample.
			issued := float64(now.UnixMicro()) / 1e6
			return encode(map[string]any{"typ": "JWT", "alg": "RS256"}) + "." + encode(map[string]any{
				"aud": "00000000-0000-4000-8000-000000000000", "jti": random(), "sub": "",
				"iat": issued, "nbf": issued + 0.000002, "exp": issued + p.Lifetime.Seconds() - 0.005634,
				"scopes": []string{"bookings:create", "bookings:delete"}, "user_id": "standin",
				"partner_id": options.Partner, "is_test": !options.Live,
			}) + "." + base64.RawURLEncoding.EncodeToString([]byte("no signature: "+random()))
		},
		func(token string, seconds int) any {
			return map[string]any{"token_type": "Bearer", "expires_in": seconds, "access_token": token}
		})
	partner := "/api/partners/" + options.Partner
	p.serve("GET "+partner+"/offers", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"offers": []map[string]any{
			{"id": "offer-1", "name": "Cancellation", "price": "12.00", "currency": "USD"},
			{"id": "offer-2", "name": "Luggage", "price": "7.50", "currency": "USD"},
		}})
	})
	p.serve("POST "+partner+"/offers/{offer}/confirm", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"id": r.PathValue("offer"), "status": "CONFIRMED"})
	})
	p.serve("POST "+partner+"/quotes/{quote}/bookings", func(w http.ResponseWriter, r *http.Request) {
		id := "booking-" + random()[:8]
		w.Header().Set("Location", partner+"/bookings/"+id)
		writeJSON(w, http.StatusCreated, map[string]any{"id": id, "quote": r.PathValue("quote"), "status": "CONFIRMED"})
	})
	p.serve("DELETE "+partner+"/bookings/{booking}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return p
}

func encode(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(data)
}
