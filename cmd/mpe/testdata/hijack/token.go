// Posts the grant that it is given to Maskinporten's test environment, and prints the status.
package main

import (
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
)

func main() {
	answer, err := http.PostForm("https://test.maskinporten.no/token", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {os.Args[1]},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode)
}
