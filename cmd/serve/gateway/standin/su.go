package standin

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// SuOptions say which client Su's stand-in knows, and how it writes.
type SuOptions struct {
	Domain, Secret string
	Environment    string // "sandbox" or "live": what its tokens begin with
	LaterSpelling  bool   // Status, Data, Message instead of success, data, message
	NumericExpiry  bool   // expire_in as a number instead of a text
}

// SuCheck is the path of the stand-in's check. The real one is not published.
const SuCheck = "/SUAPI/jservice/auth/check"

// NewSu makes a stand-in for the Su channel manager API.
func NewSu(options SuOptions) *Partner {
	p := newPartner()
	id := base64.StdEncoding.EncodeToString([]byte(options.Domain))
	p.give("GET /SUAPI/jservice/auth/generate-access-token",
		func(r *http.Request) bool {
			return same(r.Header.Get("client-id"), id) && same(r.Header.Get("client-secret"), options.Secret)
		},
		func(time.Time) string { return options.Environment + "_" + random() },
		func(token string, seconds int) any {
			data := map[string]any{"token_type": "Bearer", "token": token, "expire_in": strconv.Itoa(seconds)}
			if options.NumericExpiry {
				data["expire_in"] = seconds
			}
			if options.LaterSpelling {
				return map[string]any{"Status": "Success", "Data": data, "Message": "Token generated"}
			}
			return map[string]any{"success": true, "data": data, "message": "Token generated"}
		})
	p.serve("GET "+SuCheck, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("app-id") != "" {
			writeJSON(w, http.StatusBadRequest, suError("400", "app-id is not for this call"))
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"Status": "Success"})
	})
	for _, call := range []string{"availability", "Reservation", "Reservation_notif", "OTA_HotelRoom", "OTA_HotelRatePlan", "mappings"} {
		p.serve("POST /SUAPI/jservice/"+call, func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusOK, map[string]any{"Status": "Success", "Call": call})
		})
	}
	p.serve("POST /SUAPI/jservice/Bookings", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"Status": "Success", "Bookings": []map[string]any{
			{"id": "SU-1001", "arrival": "2030-05-04", "nights": 2, "rooms": 1},
			{"id": "SU-1002", "arrival": "2030-05-11", "nights": 7, "rooms": 2},
		}})
	})
	return p
}
