package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Snapshots are what a sandbox was at other times.
type Snapshots interface {
	// Snapshot gives a *FieldError when there are too many.
	Snapshot(ctx context.Context, name string) (Snapshot, error)
	Snapshots(ctx context.Context) ([]Snapshot, error)

	// Restore and DeleteSnapshot give ErrNotFound when there is none with the id.
	Restore(ctx context.Context, id string) error
	DeleteSnapshot(ctx context.Context, id string) error
}

// Snapshot is one that there is.
type Snapshot struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"` // by the machine's clock
}

// maxSnapshotName is how long a name can be, in bytes.
const maxSnapshotName = 100

func (a API) takeSnapshot(c *gin.Context) {
	var wanted struct {
		Name string `json:"name"`
	}
	if !read(c, &wanted) {
		return
	}
	if len(wanted.Name) > maxSnapshotName {
		refuse(c, http.StatusUnprocessableEntity, "name: it has more than 100 bytes")
		return
	}
	taken, err := a.Snapshots.Snapshot(c.Request.Context(), wanted.Name)
	answer(c, http.StatusCreated, taken, err)
}

func (a API) listSnapshots(c *gin.Context) {
	all, err := a.Snapshots.Snapshots(c.Request.Context())
	answer(c, http.StatusOK, gin.H{"snapshots": all}, err)
}

// restoreSnapshot is POST /snapshots/{id}:restore.
func (a API) restoreSnapshot(c *gin.Context) {
	id, restore := strings.CutSuffix(c.Param("id"), ":restore")
	if !restore {
		refuse(c, http.StatusNotFound, "A snapshot can be restored: POST /_mpe/v1/snapshots/{id}:restore")
		return
	}
	done(c, a.Snapshots.Restore(c.Request.Context(), id))
}

func (a API) deleteSnapshot(c *gin.Context) {
	done(c, a.Snapshots.DeleteSnapshot(c.Request.Context(), c.Param("id")))
}

// done answers without a body, or tells that there is no such snapshot.
func done(c *gin.Context, err error) {
	switch {
	case errors.Is(err, ErrNotFound):
		refuse(c, http.StatusNotFound, "There is no such snapshot. GET /_mpe/v1/snapshots lists them")
	case err != nil:
		fault(c, err)
	default:
		c.Status(http.StatusNoContent)
	}
}
