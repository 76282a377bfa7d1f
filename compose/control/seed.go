package control

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/compose/seed"
)

// maxSeed is the largest seed that is read, in bytes.
const maxSeed = 8 << 20

// refuseSeed lists what is wrong with a seed, each with its place.
func refuseSeed(c *gin.Context, bad *seed.Error) {
	body, _ := json.Marshal(struct {
		problemDetails
		Problems []seed.Problem `json:"problems"`
		More     int            `json:"more,omitempty"`
	}{
		problemDetails{http.StatusText(http.StatusUnprocessableEntity), http.StatusUnprocessableEntity, bad.Error()},
		bad.Problems, bad.More,
	}) // strings and numbers cannot fail
	c.Abort()
	c.Data(http.StatusUnprocessableEntity, "application/problem+json", body)
}
