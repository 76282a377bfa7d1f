package seed_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestExample(t *testing.T) {
	sources, err := seed.Files("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := seed.Read(sources, noEnv, seed.Options{StrictParties: true})
	if err != nil {
		t.Fatal(err)
	}
	key := w.Clients[1].Keys[0]
	if key.JWK == nil || key.JWK.KeyID != "fremmed-1" || !key.JWK.IsPublic() {
		t.Errorf("the key of the JWK set is %+v, want the public key fremmed-1", key.JWK)
	}
	want, err := os.ReadFile("testdata/policies/lukket-register.xml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), w.Resources[1].Policy.XACML); diff != "" {
		t.Errorf("the policy file (-want +got):\n%s", diff)
	}
	audiences := []string{"https://test.maskinporten.no/", "https://test.maskinporten.no/token"}
	if diff := cmp.Diff(audiences, w.Settings.AcceptAudiences); diff != "" {
		t.Errorf("acceptAudiences (-want +got):\n%s", diff)
	}
}
