#!/bin/sh
# Fits y = 2 x + 1 by gradient descent, in awk. Usage: train.sh RATE EPOCHS [MOMENTUM]
exec awk -v rate="$1" -v epochs="$2" -v momentum="${3:-0}" 'BEGIN {
  for (epoch = 1; epoch <= epochs; epoch++) {
    loss = 0
    for (i = 0; i < 20; i++) {
      x = i / 20
      error = slope * x + offset - (2 * x + 1)
      loss += error * error / 20
      slope += step_s = momentum * step_s - rate * error * x
      offset += step_o = momentum * step_o - rate * error
    }
    print "epoch " epoch " done" # a line like any other: it goes to the log
    printf "{\"epoch\": %d, \"metrics\": {\"loss\": %.9g}}\n", epoch, loss
    fflush()
  }
}'
