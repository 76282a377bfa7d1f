package compose

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// replicas are the emulators on one Redis. What they keep in memory of a sandbox (its clock, its seed, which records
// are its own) one of them changes, and the others are told. A nil *replicas is a Redis that no other emulator reaches.
type replicas struct {
	self   string                // this one's name among them
	node   redis.UniversalClient // where all of them listen
	log    *slog.Logger
	listen *redis.PubSub
	done   chan struct{} // closed when nobody attends any more; nil: nobody does yet
}

const (
	changesChannel = "mpe:{" + defaultSandbox + "}:changes"
	heardPrefix    = "mpe:{" + defaultSandbox + "}:heard:"

	// patience is how long a change waits for the others to have heard of it. They take milliseconds.
	patience = 2 * time.Second
)

// nodeOf is the node that has the key: in a Cluster only that one counts who listens to it.
func nodeOf(ctx context.Context, client redis.UniversalClient, key string) (redis.UniversalClient, error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return client, nil
	}
	node, err := cluster.MasterForKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("finding the node of the Cluster: %w", err)
	}
	return node, nil
}

// change is what one emulator tells the others.
type change struct{ From, Sandbox, ID string }

// joinReplicas learns of what the others change from now on, and keeps it until attend.
func joinReplicas(ctx context.Context, client redis.UniversalClient, log *slog.Logger) (*replicas, error) {
	node, err := nodeOf(ctx, client, changesChannel)
	if err != nil {
		return nil, err
	}
	r := &replicas{
		self: rand.Text(), node: node, log: log, listen: node.Subscribe(ctx, changesChannel),
	}
	if _, err := r.listen.Receive(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("listening to other emulators: %w", err), r.listen.Close())
	}
	return r, nil
}

// attend calls heard with each sandbox that another emulator has changed, and with the empty name when changes may have
// been missed.
func (r *replicas) attend(heard func(sandbox string)) {
	r.done = make(chan struct{})
	messages := r.listen.ChannelWithSubscriptions()
	go func() {
		defer close(r.done)
		for message := range messages {
			switch message := message.(type) {
			case *redis.Subscription: // the connection was lost, and is there again
				heard("")
			case *redis.Message:
				r.receive(message.Payload, heard)
			}
		}
	}()
}

func (r *replicas) receive(payload string, heard func(string)) {
	var c change
	if err := json.Unmarshal([]byte(payload), &c); err != nil {
		r.log.Warn("another program writes to the channel of the emulators", "error", err)
		return
	}
	if c.From != r.self {
		heard(c.Sandbox)
	}
	r.acknowledge(c.ID)
}

// tell tells the others that the sandbox has changed, and returns when they have taken it over.
func (r *replicas) tell(ctx context.Context, sandbox string) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	c := change{From: r.self, Sandbox: sandbox, ID: rand.Text()}
	payload, _ := json.Marshal(c) // strings cannot fail
	listeners, err := r.node.Publish(ctx, changesChannel, payload).Result()
	for ; err == nil && listeners > 0; listeners-- {
		err = r.node.BLPop(ctx, patience, heardPrefix+c.ID).Err()
	}
	if err != nil {
		r.log.Warn("not every emulator has heard of a change", "sandbox", sandbox, "missing", listeners, "error", err)
	}
}

func (r *replicas) leave() error {
	if r == nil {
		return nil
	}
	err := r.listen.Close()
	if r.done != nil {
		<-r.done
	}
	return err
}

func (r *replicas) acknowledge(change string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := r.node.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.LPush(ctx, heardPrefix+change, 1)
		p.Expire(ctx, heardPrefix+change, time.Minute)
		return nil
	})
	if err != nil {
		r.log.Warn("another emulator was not told that its change was heard", "error", err)
	}
}
