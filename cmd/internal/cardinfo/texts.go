// SPDX-License-Identifier: Apache-2.0

package cardinfo

import (
	"strconv"

	"tscns/cmd/internal/message"
)

// obstacleTexts say for people what keeps a TS-CNS from being active.
var obstacleTexts = map[string]message.Message{
	ObstacleNone:          message.ObstacleNoCertificate,
	ObstacleNotUnderstood: message.ObstacleNotUnderstood,
	ObstacleKey:           message.ObstacleKey,
	ObstacleNotFound:      message.ObstacleNotFound,
	ObstacleNotYet:        message.CertificateNotYetValid,
	ObstacleExpired:       message.CertificateExpired,
	ObstacleUsage:         message.ObstacleUsage,
	ObstacleRevoked:       message.ObstacleRevoked,
	ObstacleSuspended:     message.ObstacleSuspended,
	ObstacleBlocked:       message.ObstaclePINBlocked,
	ObstaclePUKBlocked:    message.ObstaclePUKBlocked,
}

// Obstacle returns what is said of one of [Card.Obstacles].
func Obstacle(name string) message.Message { return obstacleTexts[name] }

// TriesText returns what is said of the tries left, nil for not known, and of how
// many a fresh counter has unless full is 0.
func TriesText(left *int, full int) message.Message {
	switch {
	case left == nil:
		return message.TriesUnknown
	case *left == 0:
		return message.TriesNone
	case full > 0:
		return message.TriesOf.With(*left, full)
	}
	return message.Verbatim(strconv.Itoa(*left))
}
