package console

import (
	"net/http"

	"mpe/altinn/problem"
)

// uiError is how the backend of Altinn's pages (am.ui) tells its pages of a refusal.
type uiError struct {
	Code   string // AMUI-nnnnn
	Status int
}

// uiErrors are the refusals that the backend has a code for. All others are AMUI-00005.
var uiErrors = map[problem.Code]uiError{
	"AUTH-00001": {"AMUI-00001", http.StatusBadRequest},
	"AUTH-00002": {"AMUI-00002", http.StatusBadRequest},
	"AUTH-00003": {"AMUI-00003", http.StatusBadRequest},
	"AUTH-00004": {"AMUI-00004", http.StatusBadRequest},
	"AUTH-00010": {"AMUI-00010", http.StatusNotFound},
	"AUTH-00011": {"AMUI-00011", http.StatusNotFound},
	"AUTH-00014": {"AMUI-00014", http.StatusForbidden},
	"AUTH-00016": {"AMUI-00016", http.StatusForbidden},
	"AUTH-00018": {"AMUI-00018", http.StatusForbidden},
	"AUTH-00019": {"AMUI-00019", http.StatusForbidden},
	"AUTH-00020": {"AMUI-00020", http.StatusForbidden},
	"AUTH-00028": {"AMUI-00028", http.StatusBadRequest},
	"AUTH-00043": {"AMUI-00043", http.StatusUnauthorized},
	"AUTH-00044": {"AMUI-00044", http.StatusForbidden},
	"AUTH-00045": {"AMUI-00045", http.StatusBadRequest},
	"AUTH-00050": {"AMUI-00050", http.StatusBadRequest},
	"AUTH-00051": {"AMUI-00051", http.StatusBadRequest},
	"AUTH-00053": {"AMUI-00053", http.StatusBadRequest},
	"AUTH-00055": {"AMUI-00055", http.StatusInternalServerError},
	"AUTH-00057": {"AMUI-00057", http.StatusBadRequest},
	"AUTH-00062": {"AMUI-00062", http.StatusInternalServerError},
	"AUTH-00066": {"AMUI-00066", http.StatusForbidden},
	"AUTH-00068": {"AMUI-00068", http.StatusForbidden},
	"AUTH-00069": {"AMUI-00069", http.StatusForbidden},
	"AUTH-00070": {"AMUI-00070", http.StatusForbidden},
	"AUTH-00071": {"AMUI-00071", http.StatusForbidden},
}

func uiProblem(code problem.Code) uiError {
	if e, ok := uiErrors[code]; ok {
		return e
	}
	return uiError{"AMUI-00005", http.StatusBadRequest}
}
