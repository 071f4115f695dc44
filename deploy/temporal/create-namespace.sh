#!/bin/sh
# Makes the namespace and the search attributes of runs. Changes nothing where they are there.
set -eu
until temporal operator cluster health; do sleep 2; done
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
# A new namespace is known everywhere after some seconds.
until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name OutflowActivation --type Keyword --name OutflowOutcome --type Keyword \
  --name OutflowState --type Keyword; do sleep 2; done
