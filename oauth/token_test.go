package oauth

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/oauth/org"
)

// recorded are the payloads of tokens that the real Maskinporten issued, as found in public code and documentation.
var recorded = map[string]string{
	"plain, 2025-09-10":       `{"scope":"altinn:broker.read","iss":"https://test.maskinporten.no/","client_amr":"private_key_jwt","token_type":"Bearer","exp":1757498492,"iat":1757498372,"client_id":"826acbbc-ee17-4946-af92-cf4885ebe951","jti":"ii1YvnPPCUHYlZw9_hVwr1UhLVQUdiNV_QKNru4JJGk","consumer":{"authority":"iso6523-actorid-upis","ID":"0192:314240979"}}`,
	"delegated, 2022-03":      `{"scope":"digitalpostinnbygger:send","supplier":{"authority":"iso6523-actorid-upis","ID":"0192:810969342"},"iss":"https://ver2.maskinporten.no/","client_amr":"virksomhetssertifikat","token_type":"Bearer","exp":1647438118,"delegation_source":"https://tt02.altinn.no/","iat":1647437998,"client_id":"DIFI_MOVE_810969342","jti":"56fKpjkF6LzWxl9FZv4HvKRjo_awkjQMU0UWEaU_SO8","consumer":{"authority":"iso6523-actorid-upis","ID":"0192:910076787"}}`,
	"system user, 2025-01-25": `{"authorization_details":[{"type":"urn:altinn:systemuser","systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:310702641"},"systemuser_id":["f950ddae-06c3-4b57-b940-702417a90df0"],"system_id":"991825827_smartcloud","externalRef":"ed1c38f4-f528-4ef1-8652-b1aeb8563dfe"}],"scope":"altinn:systembruker.demo","iss":"https://test.maskinporten.no/","client_amr":"private_key_jwt","token_type":"Bearer","exp":1737813398,"iat":1737813278,"client_id":"a2ed712d-4144-4471-839f-80ae4a68146b","jti":"vkXYa4lHGir8QipemsWovsT37Hr-tdLNi6289Sj5sSU","consumer":{"authority":"iso6523-actorid-upis","ID":"0192:991825827"}}`,
}

func TestClaimsComeInTheRecordedOrder(t *testing.T) {
	for name, want := range recorded {
		t.Run(name, func(t *testing.T) {
			got, err := readBack(t, want).MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// readBack is the claims of a payload, without their order.
func readBack(t *testing.T, payload string) Claims {
	t.Helper()
	var in struct {
		Details          []AuthorizationDetail `json:"authorization_details"`
		Scope            string                `json:"scope"`
		Supplier         *org.Identifier       `json:"supplier"`
		Issuer           string                `json:"iss"`
		AMR              string                `json:"client_amr"`
		Expires          int64                 `json:"exp"`
		DelegationSource string                `json:"delegation_source"`
		IssuedAt         int64                 `json:"iat"`
		ClientID         string                `json:"client_id"`
		ID               string                `json:"jti"`
		Consumer         org.Identifier        `json:"consumer"`
	}
	if err := json.Unmarshal([]byte(payload), &in); err != nil {
		t.Fatal(err)
	}
	c := Claims{
		Details: in.Details, Scope: in.Scope, Issuer: in.Issuer, AMR: in.AMR, Expires: in.Expires,
		DelegationSource: in.DelegationSource, IssuedAt: in.IssuedAt, ClientID: in.ClientID, ID: in.ID,
		Consumer: number(t, in.Consumer),
	}
	if in.Supplier != nil {
		c.Supplier = number(t, *in.Supplier)
	}
	return c
}

func number(t *testing.T, i org.Identifier) org.Number {
	t.Helper()
	n, err := i.Number()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHashOrder(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"up to twelve claims": {
			"aud authorization_details scope supplier iss client_amr token_type exp delegation_source iat client_id consumer",
			"aud authorization_details scope supplier iss client_amr token_type exp delegation_source iat client_id consumer",
		},
		"all fourteen claims": {
			"aud authorization_details scope supplier iss client_amr pid token_type exp delegation_source iat client_id jti consumer",
			"iss client_amr pid token_type client_id aud authorization_details scope supplier exp delegation_source iat jti consumer",
		},
		"scopes of Altinn's broker": {
			"altinn:broker.read altinn:broker.write altinn:serviceowner",
			"altinn:broker.write altinn:broker.read altinn:serviceowner",
		},
		"recorded 2025-01, two scopes": {
			"altinn:instances.write altinn:instances.read",
			"altinn:instances.read altinn:instances.write",
		},
		"recorded 2025-02, three scopes": {
			"altinn:serviceowner altinn:correspondence.write altinn:resourceregistry/resource.read",
			"altinn:resourceregistry/resource.read altinn:serviceowner altinn:correspondence.write",
		},
		"characters outside the basic plane count as two UTF-16 units": {"\U0001F600 a", "a \U0001F600"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(hashOrder(strings.Fields(test.in), itself), " ")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
