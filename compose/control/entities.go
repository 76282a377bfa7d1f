package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"go.yaml.in/yaml/v3"

	"mpe/compose/seed"
)

// Entities are the things that a seed declares, one by one. They are said as a seed says them, and held to its rules: the
// error may be a *seed.Error, whose paths are those in the entry, or a *FieldError. Nothing is changed then.
type Entities interface {
	Entities(ctx context.Context, kind seed.Kind) ([]seed.Entry, error)

	// AddEntity gives ErrExists when there is one already.
	AddEntity(ctx context.Context, kind seed.Kind, entry []byte) (seed.Entry, error)

	// ChangeEntity gives ErrNotFound when there is none of that name, and an error of change as it is.
	ChangeEntity(ctx context.Context, kind seed.Kind, name string, change func(json.RawMessage) (json.RawMessage, error)) (seed.Entry, error)

	// DeleteEntity gives ErrNotFound, or an *InUseError when others refer to it.
	DeleteEntity(ctx context.Context, kind seed.Kind, name string) error
}

// ErrExists is that there is such a thing already.
var ErrExists = errors.New("there is one already")

// InUseError is that others refer to what was to be deleted.
type InUseError struct {
	Name string
	By   []string // where, and how it would look there
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is in use: %s", e.Name, strings.Join(e.By, "; "))
}

// entity is what the API calls things of one kind, or of some that belong together.
type entity struct {
	path  string
	param string // a name with slashes in it takes the rest of the path
	kinds []seed.Kind
}

var entities = []entity{
	{"clients", "/:id", []seed.Kind{seed.KindOf("clients")}},
	{"scopes", "/*id", []seed.Kind{seed.KindOf("scopes")}},
	{"systems", "/:id", []seed.Kind{seed.KindOf("systems")}},
	{"systemusers", "/:id", []seed.Kind{seed.KindOf("systemUsers")}},
	{"resources", "/:id", []seed.Kind{seed.KindOf("resources")}},
	{"parties", "/:id", []seed.Kind{seed.KindOf("organisations"), seed.KindOf("persons"), seed.KindOf("relations")}},
	{"delegations", "/*id", []seed.Kind{seed.KindOf("delegations")}},
}

func (e entity) mount(a API, r gin.IRouter) {
	r.GET("/"+e.path, func(c *gin.Context) { a.listEntities(c, e) })
	r.POST("/"+e.path, func(c *gin.Context) { a.addEntity(c, e) })
	r.GET("/"+e.path+e.param, func(c *gin.Context) { a.showEntity(c, e) })
	r.PATCH("/"+e.path+e.param, func(c *gin.Context) { a.patchEntity(c, e) })
	r.DELETE("/"+e.path+e.param, func(c *gin.Context) { a.deleteEntity(c, e) })
}

func (a API) listEntities(c *gin.Context, e entity) {
	all := []json.RawMessage{}
	for _, kind := range e.kinds {
		found, err := a.Entities.Entities(c.Request.Context(), kind)
		if err != nil {
			fault(c, err)
			return
		}
		for _, entry := range found {
			all = append(all, entry.JSON)
		}
	}
	c.JSON(http.StatusOK, gin.H{e.path: all})
}

func (a API) addEntity(c *gin.Context, e entity) {
	entry, members, ok := readEntry(c)
	if !ok {
		return
	}
	kind, ok := e.kindWith(members)
	if !ok {
		refuse(c, http.StatusUnprocessableEntity, fmt.Sprintf("an entry of %s has one of the members %s", e.path, e.members()))
		return
	}
	made, err := a.Entities.AddEntity(c.Request.Context(), kind, entry)
	if errors.Is(err, ErrExists) {
		name, _ := kind.NameOf(entry)
		refuse(c, http.StatusConflict, fmt.Sprintf("There is such an entry already. PATCH /_mpe/v1/%s/%s changes it", e.path, name))
		return
	}
	answer(c, http.StatusCreated, made.JSON, err)
}

// readEntry reads one entry, YAML or JSON. It answers itself when that fails.
func readEntry(c *gin.Context) (entry []byte, members map[string]any, ok bool) {
	entry, ok = body(c)
	if !ok {
		return nil, nil, false
	}
	var err error
	if json.Valid(entry) {
		err = json.Unmarshal(entry, &members)
	} else if err = yaml.Unmarshal(entry, &members); err == nil {
		entry, err = json.Marshal(members)
	}
	if err != nil || members == nil {
		refuse(c, http.StatusBadRequest, "the body is not an object in JSON or YAML, as an entry of a seed is")
		return nil, nil, false
	}
	return entry, members, true
}

func (e entity) kindWith(members map[string]any) (seed.Kind, bool) {
	for _, kind := range e.kinds {
		if _, has := members[kind.Member]; has || len(e.kinds) == 1 {
			return kind, true
		}
	}
	return seed.Kind{}, false
}

func (e entity) members() string {
	all := make([]string, len(e.kinds))
	for i, kind := range e.kinds {
		all[i] = kind.Member
	}
	return strings.Join(all, ", ")
}

func (a API) showEntity(c *gin.Context, e entity) {
	name := nameIn(c)
	for _, kind := range e.kinds {
		found, err := a.Entities.Entities(c.Request.Context(), kind)
		if err != nil {
			fault(c, err)
			return
		}
		for _, entry := range found {
			if entry.Name == name {
				c.JSON(http.StatusOK, entry.JSON)
				return
			}
		}
	}
	e.missing(c)
}

func nameIn(c *gin.Context) string { return strings.TrimPrefix(c.Param("id"), "/") }

func (e entity) missing(c *gin.Context) {
	refuse(c, http.StatusNotFound, fmt.Sprintf("There is no %q among the %s. GET /_mpe/v1/%[2]s lists them", nameIn(c), e.path))
}

func (a API) patchEntity(c *gin.Context, e entity) {
	_, patch, ok := readEntry(c)
	if !ok {
		return
	}
	a.change(c, e, http.StatusOK, func(kind seed.Kind) (any, error) {
		changed, err := a.Entities.ChangeEntity(c.Request.Context(), kind, nameIn(c), func(before json.RawMessage) (json.RawMessage, error) {
			return merged(before, patch)
		})
		return changed.JSON, err
	})
}

func (a API) deleteEntity(c *gin.Context, e entity) {
	a.change(c, e, http.StatusNoContent, func(kind seed.Kind) (any, error) {
		return nil, a.Entities.DeleteEntity(c.Request.Context(), kind, nameIn(c))
	})
}

// change does it to the one that there is, of whichever kind it is.
func (a API) change(c *gin.Context, e entity, status int, do func(seed.Kind) (any, error)) {
	for _, kind := range e.kinds {
		value, err := do(kind)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if used, ok := errors.AsType[*InUseError](err); ok {
			refuse(c, http.StatusConflict, used.Error()+". Change or delete that first")
			return
		}
		if err == nil && status == http.StatusNoContent {
			c.Status(status)
			return
		}
		answer(c, status, value, err)
		return
	}
	e.missing(c)
}

// merged is the entry with the merge patch (RFC 7396).
func merged(entry json.RawMessage, patch map[string]any) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(entry))
	decoder.UseNumber()
	var target map[string]any
	if err := decoder.Decode(&target); err != nil {
		return nil, fmt.Errorf("reading the entry: %w", err)
	}
	return json.Marshal(mergePatch(target, patch))
}

func mergePatch(target any, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = mergePatch(object[name], value)
		}
	}
	return object
}
