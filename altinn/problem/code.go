package problem

// Code is a code of Altinn's: the service's domain, a dash and five digits.
type Code string

// Invalid's own code, and its title.
const (
	StdInvalid      Code = "STD-00000"
	StdInvalidTitle      = "One or more validation errors occurred."
)

// Title is the code's text in Altinn's catalogue; empty for a code that has none.
func (c Code) Title() string { return titles[c] }

// Codes are all codes of the catalogue, with their titles.
func Codes() map[Code]string {
	all := make(map[Code]string, len(titles))
	for code, title := range titles {
		all[code] = title
	}
	return all
}

// The titles are Altinn's to the letter, with its misspellings. Those of AM-00027, AM-00028, AM.VLD-00031 and
// AM.VLD-00032 are not published, and are the meaning in Altinn's documentation.
var titles = map[Code]string{
	"AM-00022":     "Operation can not be completed, because it requires an existing connection between the parties.",
	"AM-00023":     "The provided identifier cannot be found as a valid party for the operation.",
	"AM-00027":     "Invalid resource.",
	"AM-00028":     "Not authorized for the delegation request.",
	"AM.VLD-00031": "Assigned resources exist; use cascade=true.",
	"AM.VLD-00032": "Invalid resource type.",

	"AUTH-00000":     "Can't resolve the Organisation Number from the logged in Reportee PartyId.",
	"AUTH-00001":     "One or more Right not found or not delegable.",
	"AUTH-00002":     "The Delegation failed.",
	"AUTH-00003":     "Failed to create the SystemUser.",
	"AUTH-00004":     "Failed to create new SystemUser, existing SystemUser tied to the given System-Id.",
	"AUTH-00005":     "Default error at the end of logic chain. Not supposed to appear.",
	"AUTH-00006":     "The combination of External Ids refer to an already Accepted SystemUser.",
	"AUTH-00007":     "The combination of External Ids refer to a Pending Request, please reuse or delete.",
	"AUTH-00008":     "The combination of External Ids refer to a Denied Request, please delete and renew the Request.",
	"AUTH-00009":     "The combination of External Ids refer to a Rejected Request, please delete and renew the Request.",
	"AUTH-00010":     "The Id does not refer to a Request in our system.",
	"AUTH-00011":     "The Id does not refer to a Registered System.",
	"AUTH-00012":     "An error occured when storing the Request.",
	"AUTH-00013":     "The Status of the Request is not New.",
	"AUTH-00014":     "DelegationCheck failed with unknown error.",
	"AUTH-00015":     "The SystemUser was not found.",
	"AUTH-00016":     "DelegationCheck failed with error: Has not access by a delegation of role in ER or Altinn.",
	"AUTH-00017":     "The SystemName was not found.",
	"AUTH-00018":     "DelegationCheck failed with error: Has not access by direct delegation.",
	"AUTH-00019":     "DelegationCheck failed with error: The service requires explicit access in SRR and the reportee is missing this.",
	"AUTH-00020":     "DelegationCheck failed with error: The service requires explicit authentication level and the reportee is missing this.",
	"AUTH-00021":     "The RedirectUri was not found or not valid.",
	"AUTH-00022":     "The operation to revoke rights failed.",
	"AUTH-00023":     "Can't resolve the Organisation Number for the Vendor from the Token.",
	"AUTH-00024":     "you don't have rights to delete this systemuser",
	"AUTH-00025":     "The request id is valid but its not a valid request for creating an agent system user",
	"AUTH-00026":     "No redirect uris are set for the system",
	"AUTH-00027":     "The accesspackage provided in the request can't be mapped to a valid role.",
	"AUTH-00028":     "The customer id was not provided or did not validate.",
	"AUTH-00030":     "The Id does not refer to an AgentRequest in our system.",
	"AUTH-00031":     "Party does not match delegation facilitator.",
	"AUTH-00032":     "Assignment not found.",
	"AUTH-00033":     "Failed to delete the agent system user",
	"AUTH-00034":     "The system user type of the provided system user GUID is not an agent.",
	"AUTH-00035":     "The system user has delegations from customer. Remove the delegations before deleting the system user",
	"AUTH-00036":     "The system user type of the provided system user GUID is not standard.",
	"AUTH-00037":     "To many assignment found",
	"AUTH-00038":     "Delegation not found",
	"AUTH-00039":     "Party does not match delegation facilitator",
	"AUTH-00040":     "Party does not match delegation assignments",
	"AUTH-00041":     "Party does not match request's orgno",
	"AUTH-00042":     "Party does not match agent request's orgno",
	"AUTH-00043":     "Unauthorized",
	"AUTH-00044":     "Forbidden",
	"AUTH-00045":     "Failed to get clients",
	"AUTH-00046":     "Failed to get list of accesspackages delegated",
	"AUTH-00047":     "Unable to add system user as right holder to the organisation",
	"AUTH-00048":     "Unable to push system user information to access management",
	"AUTH-00049":     "The party is missing its uuid.",
	"AUTH-00050":     "The delegation check failed for access packages",
	"AUTH-00051":     "The delegation of access package to the system user failed",
	"AUTH-00052":     "One or more access packages are invalid",
	"AUTH-00053":     "The user does not have enough access to delegate the requested access packages",
	"AUTH-00054":     "Unable to remove system user as right holder from the organisation",
	"AUTH-00055":     "Failed to get delegated access packages",
	"AUTH-00056":     "Failed to delete system user",
	"AUTH-00057":     "Failed to delete access package delegation for system user",
	"AUTH-00058":     "No AccessPackages found, an Agent SystemUser must have at least one",
	"AUTH-00059":     "No AccessPackages or Single Rights found, a SystemUser must have at least one",
	"AUTH-00060":     "An error occured when Updating the Request.",
	"AUTH-00061":     "The Status of the Request is not New. Please generate a new CorrellationId for a new Change Request",
	"AUTH-00062":     "Failed to get delegated rights",
	"AUTH-00063":     "One or more accesspackage is not found in the referenced system in the System Register.",
	"AUTH-00064":     "One or more access packages cannot be delegated. Either they are intended for clients or they cannot be delegated further.",
	"AUTH-00065":     "One or more access packages cannot be delegated because they are not intended for client relationships",
	"AUTH-00066":     "The request requires logged in user to have accessmanager write.",
	"AUTH-00067":     "Unable to add system user as agent for the organisation",
	"AUTH-00068":     "DelegationCheck failed with error: Has not access by a delegation of package in Altinn.",
	"AUTH-00069":     "DelegationCheck failed with error: The receiver does not have the right based on Access List delegation.",
	"AUTH-00070":     "DelegationCheck failed with error: The resource cannot be delegated to another user or entity.",
	"AUTH-00071":     "DelegationCheck failed with error: The resource is not delegable because it is a Maskinporten schema resource.",
	"AUTH-00079":     "Client not found.",
	"AUTH-00080":     "Client does not have the accesspackages the agent system user requires",
	"AUTH.VLD-00000": "the org number identifier is not valid ISO6523 identifier",
	"AUTH.VLD-00001": "The system id does not match the format orgnumber_xxxx...",
	"AUTH.VLD-00002": "The system id already exists",
	"AUTH.VLD-00003": "One or more resources specified in rights were not found in Altinn's resource register.",
	"AUTH.VLD-00004": "One of the client id is already tagged with an existing system",
	"AUTH.VLD-00005": "One or more of the redirect urls format is not valid. The valid format is https://xxx.xx",
	"AUTH.VLD-00006": "One or more duplicate rights found",
	"AUTH.VLD-00007": "One or more duplicate access package(s) found",
	"AUTH.VLD-00008": "One or all the accesspackage(s) is not found in altinn's access packages or is not delegable",
	"AUTH.VLD-00009": "One or more resource id is in wrong format. The valid format is urn:altinn:resource",
	"AUTH.VLD-00011": "Request contains duplicate client ids",
	"AUTH.VLD-00012": "The system ID in the request body does not match the system ID in the URL",
	"AUTH.VLD-00013": "System ID cannot have spaces in id (leading, trailing or in between the id)",
	"AUTH.VLD-00014": "The agent query parameter is missing or invalid",
	"AUTH.VLD-00015": "SystemUser is not a valid system user of type agent",
	"AUTH.VLD-00016": "The client query parameter is missing or invalid",
	"AUTH.VLD-00017": "One or more resources specified in rights is of resource type which is not delegable.",
	"AUTH.VLD-00018": "Access packages meant for system user for client relations can't be used in combination with the flag isVisible: true",
}
