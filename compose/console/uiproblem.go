package console

import (
	"net/http"
	"strings"

	"mpe/altinn/problem"
)

// uiError is how the backend of Altinn's pages (am.ui) tells its pages of a refusal.
type uiError struct {
	Code   string // AMUI-nnnnn
	Status int
}

// uiErrors are the refusals that the backend passes on, under its own name and the same number, and their statuses. All
// others are AMUI-00005.
var uiErrors = map[problem.Code]int{
	"AUTH-00001": http.StatusBadRequest,
	"AUTH-00002": http.StatusBadRequest,
	"AUTH-00003": http.StatusBadRequest,
	"AUTH-00004": http.StatusBadRequest,
	"AUTH-00010": http.StatusNotFound,
	"AUTH-00011": http.StatusNotFound,
	"AUTH-00014": http.StatusForbidden,
	"AUTH-00016": http.StatusForbidden,
	"AUTH-00018": http.StatusForbidden,
	"AUTH-00019": http.StatusForbidden,
	"AUTH-00020": http.StatusForbidden,
	"AUTH-00028": http.StatusBadRequest,
	"AUTH-00043": http.StatusUnauthorized,
	"AUTH-00044": http.StatusForbidden,
	"AUTH-00045": http.StatusBadRequest,
	"AUTH-00050": http.StatusBadRequest,
	"AUTH-00051": http.StatusBadRequest,
	"AUTH-00053": http.StatusBadRequest,
	"AUTH-00055": http.StatusInternalServerError,
	"AUTH-00057": http.StatusBadRequest,
	"AUTH-00062": http.StatusInternalServerError,
	"AUTH-00066": http.StatusForbidden,
	"AUTH-00068": http.StatusForbidden,
	"AUTH-00069": http.StatusForbidden,
	"AUTH-00070": http.StatusForbidden,
	"AUTH-00071": http.StatusForbidden,
}

func uiProblem(code problem.Code) uiError {
	if status, ok := uiErrors[code]; ok {
		return uiError{"AMUI" + strings.TrimPrefix(string(code), "AUTH"), status}
	}
	return uiError{"AMUI-00005", http.StatusBadRequest}
}
