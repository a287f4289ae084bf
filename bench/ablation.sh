#!/usr/bin/env bash
# Trains and labels with each part of the method on and off, and prints the mean IoU of maps and pseudo labels:
#   bench/ablation.sh SCENES OUT [EPOCHS] [SEEDS]       for example bench/ablation.sh scenes runs/ablation 30 "0 1 2"
# All at 64 pixels, so that many runs fit into an hour; two trainings run side by side with one thread each. What OUT already holds is
# kept, so that a stopped comparison goes on.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
rca=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../rca
scenes=$1 out=$2 epochs=${3:-30} seeds=${4:-0 1 2}
variants=(rca cam no-contrast no-aggregation no-gate released)
export OMP_NUM_THREADS=1
mkdir -p "$out"

run() {
  local variant=$1 seed=$2 name=$out/$1-$2 part=(--method rca --aggregation true)
  [ ! -f "$name.json" ] || return 0
  case $variant in
    cam) part=(--method cam) ;;
    no-contrast) part+=(--contrast false) ;;
    no-aggregation) part=(--method rca --aggregation false) ;;
    no-gate) part+=(--score-gate 0) ;;
    # The public code's model, memory and contrast with the input and the optimiser of the others.
    released)
      part=(--method released --batch 16)
      for setting in squash=false mirror=true shuffle=true scale_max=1.5 jitter=0 hue=0 accumulate_maps=false optimizer=adamw schedule=cosine rate_steps=[] \
        matrix_rate=0.006 head_rate_factor=1 bias_rate_factor=1 weight_decay=0.05; do part+=(--set "$setting"); done ;;
  esac
  "$rca" train "$scenes" --weights none --out "$name" --size 64 --set start_share=0 --epochs "$epochs" --seed "$seed" "${part[@]}" >"$name.log" 2>&1
  "$rca" label "$name" "$scenes" --out "$name/labels" --scales 1.5,2 --alpha 3 --json >"$name.json.new" 2>>"$name.log"
  mv "$name.json.new" "$name.json"
}

for seed in $seeds; do
  for variant in "${variants[@]}"; do
    run "$variant" "$seed" &
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  done
done
wait

printf '%-16s %-24s %s\n' variant 'maps (each seed)' 'pseudo labels (each seed)'
for variant in "${variants[@]}"; do
  maps='' labels=''
  for seed in $seeds; do
    # The document gives the maps' mean IoU first, then the pseudo labels'.
    mapfile -t figures < <(sed -nE 's/.*"mean_iou": ([0-9.]+).*/\1/p' "$out/$variant-$seed.json")
    maps+=$(printf '%.3f ' "${figures[0]}") labels+=$(printf '%.3f ' "${figures[1]}")
  done
  printf '%-16s %-24s %s\n' "$variant" "$maps" "$labels"
done
