"""Logs as programs print them, and the numbers by step that are to be read from them."""

import math
import random
import time
from dataclasses import dataclass
from itertools import chain

import pytest

from micrograd_tui.engine.runs.script.lines.text import lines_of
from micrograd_tui.engine.runs.script.parse_lines import LineReader, Steps

Read = list[tuple[int, dict[str, float]]]


@dataclass
class Log:
    """A log, what it holds by step, and how many of its lines hold nothing."""

    text: str
    read: Read
    unread: int = 0


def read(text: str) -> tuple[Read, LineReader]:
    reader, steps = LineReader(), Steps()
    found: Read = []
    every = (one for line in lines_of([text.encode()]) for one in reader.read(line))
    for one in chain(every, (one for end in (reader.rest,) for one in end())):
        step, numbers = steps.take(one)
        if numbers:
            found.append((step, numbers))
    return found, reader


LOGS = {
    "OLMo": Log(
        "2024-05-01 10:00:00.123\thost:0\tolmo.train:816\tINFO\t[step=10/739328,epoch=0]\n"
        "    optim/total_grad_norm=5.20\n    train/CrossEntropyLoss=10.95\n    throughput/total_tokens=41,943,040\n"
        "2024-05-01 10:00:10.123\thost:0\tolmo.train:816\tINFO\t[step=11/739328,epoch=0]\n"
        "    train/CrossEntropyLoss=10.90\n",
        [(10, {"epoch": 0}), (10, {"optim/total_grad_norm": 5.2}), (10, {"train/CrossEntropyLoss": 10.95}),
         (10, {"throughput/total_tokens": 41943040}), (11, {"epoch": 0}), (11, {"train/CrossEntropyLoss": 10.9})]),
    "Optuna": Log(
        "[I 2023-01-01 12:00:00,000] A new study created in memory with name: no-name-1\n"
        "[I 2023-01-01 12:00:01,000] Trial 0 finished with value: 0.5 and parameters: {'lr': 0.01}. Best is trial 0 with value: 0.5.\n"
        "[I 2023-01-01 12:00:02,000] Trial 1 finished with value: nan and parameters: {}. Best is trial 0 with value: 0.5.\n",
        [(0, {"value": 0.5, "lr": 0.01}), (1, {"value": math.nan})], 1),
    "a frame of pandas": Log(
        "   loss  accuracy\n0  0.50      0.7\n1  0.25      0.8\n", [(0, {"loss": 0.5, "accuracy": 0.7}), (1, {"loss": 0.25, "accuracy": 0.8})]),
    "a frame of pandas with its steps": Log(
        "   step   loss\n0    10  0.500\n1    20  0.250\n",
        [(10, {"index": 0, "loss": 0.5}), (20, {"index": 1, "loss": 0.25})]),
    "a place with a name like a path": Log("saved to data/x=5\nstep 3: seed/data: 4\nuses data/train=4 of them\n", [(3, {"seed/data": 4})], 2),
    "nanoGPT": Log(
        "tokens per iteration will be: 491,520\n"
        "number of parameters: 10.65M\n"
        "step 0: train loss 10.9897, val loss 10.9882\n"
        "iter 0: loss 10.9876, time 274.63ms, mfu -100.00%\n"
        "saving checkpoint to out-shakespeare\n"
        "iter 10: loss 9.5, time 20.11ms, mfu 3.50%\n",
        [(0, {"train loss": 10.9897, "val loss": 10.9882}), (0, {"loss": 10.9876, "time": 274.63, "mfu": -100}),
         (10, {"loss": 9.5, "time": 20.11, "mfu": 3.5})], 3),
    "build-nanogpt": Log(
        "total desired batch size: 524288\n=> calculated gradient accumulation steps: 32\n"
        "step     0 | loss: 10.955029 | lr 6.0e-06 | norm: 15.2 | dt: 300.1ms | tok/sec: 1,740,000\n"
        "step     1 | loss: 9.5 | lr 1.2e-05 | norm: 3 | dt: 290.1ms | tok/sec: 1,741,000.5\n",
        [(0, {"loss": 10.955029, "lr": 6e-6, "norm": 15.2, "dt": 300.1, "tok/sec": 1740000}),
         (1, {"loss": 9.5, "lr": 1.2e-5, "norm": 3, "dt": 290.1, "tok/sec": 1741000.5})], 2),
    "llm.c": Log(
        "step    1/20000 | loss 11.009 (+nanz)| norm 15.3 (+nanz)| lr 8.57e-07 | 3048.19 ms | 54.8% bf16 MFU | 171,000 tok/s\n"
        "val loss 10.9\n",
        [(1, {"loss": 11.009, "norm": 15.3, "lr": 8.57e-7}), (1, {"val loss": 10.9})]),
    "modded-nanogpt": Log(
        "step:0/1750 val_loss:10.8258 train_time:0ms step_avg:nanms\nstep:125/1750 val_loss:4.5 train_time:1,000ms step_avg:90.5ms\n",
        [(0, {"val_loss": 10.8258, "train_time": 0, "step_avg": math.nan}),
         (125, {"val_loss": 4.5, "train_time": 1000, "step_avg": 90.5})]),
    "nanochat": Log(
        "step 00010/21400 (0.05%) | loss: 8.123456 | grad norm: 1.0000 | lrm: 1.00 | dt: 1000.00ms | tok/sec: 500,000 | mfu: 50.00 | total time: 0.10m\n",
        [(10, {"loss": 8.123456, "grad norm": 1, "lrm": 1, "dt": 1000, "tok/sec": 500000, "mfu": 50, "total time": 0.1})]),
    "microgpt": Log("vocab size: 27\nnum params: 4192\nstep    1 / 1000 | loss 3.3660\nstep    2 / 1000 | loss 3.2\n",
        [(1, {"loss": 3.366}), (2, {"loss": 3.2})], 2),
    "micrograd": Log("step 0 loss 0.8958441028683222, accuracy 50.0%\nstep 1 loss 1.7, accuracy 81.0%\n",
        [(0, {"loss": 0.8958441028683222, "accuracy": 50}), (1, {"loss": 1.7, "accuracy": 81})]),
    "PyTorch mnist": Log(
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300024\nTrain Epoch: 1 [640/60000 (1%)]\tLoss: 0.3\n\n"
        "Test set: Average loss: 0.0500, Accuracy: 9834/10000 (98%)\n\n"
        "Train Epoch: 2 [640/60000 (1%)]\tLoss: 0.2\n",
        [(0, {"Loss": 2.300024, "epoch": 1}), (640, {"Loss": 0.3, "epoch": 1}),
         (640, {"test/Average loss": 0.05, "test/Accuracy": 0.9834}), (60640, {"Loss": 0.2, "epoch": 2})]),
    "PyTorch imagenet": Log(
        "=> creating model 'resnet18'\n"
        "Epoch: [0][   1/5005]\tTime  5.500 ( 5.500)\tData  2.1 ( 2.1)\tLoss 6.9000e+00 (7.0000e+00)\tAcc@1   0.00 (  0.10)\tAcc@5   0.39 (  0.40)\n"
        "Epoch: [0][  11/5005]\tTime  0.500 ( 1.200)\tData  0.0 ( 0.3)\tLoss 6.8e+00 (6.9e+00)\tAcc@1   1.00 (  0.10)\tAcc@5   2.39 (  0.40)\n"
        " * Acc@1 70.100 Acc@5 89.300\n",
        [(1, {"Time": 5.5, "Data": 2.1, "Loss": 6.9, "Acc@1": 0, "Acc@5": 0.39, "epoch": 0}),
         (11, {"Time": 0.5, "Data": 0, "Loss": 6.8, "Acc@1": 1, "Acc@5": 2.39, "epoch": 0}),
         (12, {"Acc@1": 70.1, "Acc@5": 89.3})], 1),
    "PyTorch tutorial": Log(
        "[1,  2000] loss: 2.196\n[1,  4000] loss: 1.9\n[2,  2000] loss: 1.2\nFinished Training\n"
        "Accuracy of the network on the 10000 test images: 55 %\n",
        [(2000, {"loss": 2.196, "epoch": 1}), (4000, {"loss": 1.9, "epoch": 1}), (6000, {"loss": 1.2, "epoch": 2})], 2),
    "PyTorch quickstart": Log(
        "Epoch 1\n-------------------------------\nloss: 2.303494  [   64/60000]\nloss: 2.294637  [ 6464/60000]\n"
        "Test Error: \n Accuracy: 65.9%, Avg loss: 1.052372 \n\nEpoch 2\n----\nloss: 1.1  [   64/60000]\nDone!\n",
        [(64, {"loss": 2.303494, "epoch": 1}), (6464, {"loss": 2.294637, "epoch": 1}),
         (6464, {"Accuracy": 65.9, "Avg loss": 1.052372}), (60064, {"loss": 1.1, "epoch": 2})], 2),
    "epoch and step": Log(
        "epoch [1/10], step [100/600], loss: 0.2\nEpoch [2/10], Step [100/600], Loss: 0.1234\n",
        [(100, {"loss": 0.2, "epoch": 1}), (700, {"Loss": 0.1234, "epoch": 2})]),
    "word language model": Log(
        "| epoch   1 |   200/ 2983 batches | lr 20.00 | ms/batch 12.34 | loss  7.63 | ppl  2056.72\n"
        "-----------------------------------------------------------------------------------------\n"
        "| end of epoch   1 | time: 50.10s | valid loss  5.50 | valid ppl   250.10\n",
        [(200, {"lr": 20, "ms/batch": 12.34, "loss": 7.63, "ppl": 2056.72, "epoch": 1}),
         (1, {"time": 50.1, "valid loss": 5.5, "valid ppl": 250.1})]),
    "DCGAN": Log("[0/25][0/782] Loss_D: 1.7 Loss_G: 4.9 D(x): 0.5 D(G(z)): 0.4 / 0.01\n",
        [(0, {"Loss_D": 1.7, "Loss_G": 4.9, "D(x)": 0.5, "D(G(z))": 0.4, "epoch": 0})]),
    "VAE": Log("====> Epoch: 1 Average loss: 164.1\n====> Test set loss: 127.1\n",
        [(1, {"Average loss": 164.1}), (1, {"Test set loss": 127.1})]),
    "Hugging Face": Log(
        "***** Running training *****\n  Num examples = 1,000\n  Num Epochs = 3\n  Total optimization steps = 375\n"
        "\r  0%|          | 0/375 [00:00<?, ?it/s]\r 27%|██▋       | 100/375 [00:10<00:28,  9.65it/s]\n"
        "                                                 \r"
        "{'loss': 1.2, 'grad_norm': 3.5, 'learning_rate': 4e-05, 'epoch': 0.1}\n"
        "\r{'loss': nan, 'learning_rate': 3e-05, 'epoch': 0.2}\n"
        "{'eval_loss': 0.9, 'eval_accuracy': 0.5, 'eval_runtime': 2.5, 'epoch': 0.2}\n"
        "{'train_runtime': 100.5, 'train_samples_per_second': 30.1, 'train_loss': 1.0, 'epoch': 3.0}\n",
        [(0, {"loss": 1.2, "grad_norm": 3.5, "learning_rate": 4e-5, "epoch": 0.1}),
         (1, {"loss": math.nan, "learning_rate": 3e-5, "epoch": 0.2}),
         (2, {"eval_loss": 0.9, "eval_accuracy": 0.5, "eval_runtime": 2.5, "epoch": 0.2}),
         (3, {"train_runtime": 100.5, "train_samples_per_second": 30.1, "train_loss": 1, "epoch": 3})], 4),
    "Keras": Log(
        "Epoch 1/2\n\r   1/1875 [..............................] - ETA: 3:20 - loss: 2.3026 - accuracy: 0.1000"
        "\x08\x08\x08\x08\x08\x08\x08\r 100/1875 [>.............................] - ETA: 3s - loss: 1.5 - accuracy: 0.5"
        "\x08\x08\x08\x08\x08\r1875/1875 [==============================] - 3s 2ms/step - loss: 0.2940 - accuracy: 0.9134"
        " - val_loss: 0.1 - val_accuracy: 0.95\nEpoch 2/2\n\r   1/1875 [....] - ETA: 3s - loss: 0.1 - accuracy: 0.9\n",
        [(1, {"loss": 2.3026, "accuracy": 0.1, "epoch": 1}), (100, {"loss": 1.5, "accuracy": 0.5, "epoch": 1}),
         (1875, {"loss": 0.294, "accuracy": 0.9134, "val_loss": 0.1, "val_accuracy": 0.95, "epoch": 1}),
         (1876, {"loss": 0.1, "accuracy": 0.9, "epoch": 2})]),
    "Keras 3": Log(
        "Epoch 1/2\n\x1b[1m   1/1875\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m3:20\x1b[0m 200ms/step - accuracy: 0.1 - loss: 2.3\r"
        "\x1b[1m1875/1875\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m3s\x1b[0m 2ms/step - accuracy: 0.9 - loss: 0.3 - val_loss: 0.2\n",
        [(1, {"accuracy": 0.1, "loss": 2.3, "epoch": 1}), (1875, {"accuracy": 0.9, "loss": 0.3, "val_loss": 0.2, "epoch": 1})]),
    "Keras verbose=2": Log("Epoch 1/5\n1875/1875 - 3s - loss: 0.2940 - accuracy: 0.9134 - 3s/epoch - 2ms/step\n",
        [(1875, {"loss": 0.294, "accuracy": 0.9134, "epoch": 1})]),
    "Keras' callbacks": Log("Epoch 1: val_loss improved from inf to 0.52345, saving model to x.h5\n", [], 1),
    "tqdm": Log(
        "\r  0%|          | 0/1000 [00:00<?, ?it/s]\r 10%|█         | 100/1000 [00:10<01:30,  9.9it/s, loss=0.5]"
        "\r 10%|█         | 100/1000 [00:10<01:30,  9.9it/s, loss=0.5]\r 20%|██        | 200/1000 [00:20<01:20,  9.9it/s, loss=0.25, acc=98.2%]",
        [(100, {"loss": 0.5}), (200, {"loss": 0.25, "acc": 98.2})]),
    "tqdm by epoch": Log(
        "Epoch 1/3:  50%|#####     | 5/10 [00:01<00:01,  4.90it/s, loss=0.9, lr=1e-3]\r"
        "Epoch 2/3:  50%|#####     | 5/10 [00:01<00:01,  4.90s/it, loss=0.8, lr=1e-3]\r",
        [(5, {"loss": 0.9, "lr": 1e-3, "epoch": 1}), (15, {"loss": 0.8, "lr": 1e-3, "epoch": 2})]),
    "tqdm's description": Log("loss 0.5123:  12%|█▏        | 12/100 [00:01<00:09,  9.1it/s]\n", [(12, {"loss": 0.5123})]),
    "Lightning": Log(
        "Sanity Checking: 0it [00:00, ?it/s]\n  | Name  | Type   | Params\n"
        "Epoch 0:  50%|█████     | 469/938 [00:05<00:05, 89.3it/s, v_num=0, train_loss=0.5]\r"
        "Validation DataLoader 0:  50%|█████     | 5/10 [00:00<00:00, 100.1it/s]\r"
        "Epoch 0: 100%|██████████| 938/938 [00:10<00:00, 89.3it/s, v_num=0, train_loss=0.123, val_loss=0.2]\r"
        "Epoch 1:  50%|█████     | 469/938 [00:05<00:05, 89.3it/s, v_num=0, train_loss=0.1, val_loss=0.2]\n",
        [(469, {"train_loss": 0.5, "epoch": 0}), (938, {"train_loss": 0.123, "val_loss": 0.2, "epoch": 0}),
         (1407, {"train_loss": 0.1, "val_loss": 0.2, "epoch": 1})], 1),
    "Lightning's test": Log(
        "┏━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┓\n┃ Test metric  ┃ DataLoader 0 ┃\n┡━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━┩\n"
        "│   test_acc   │     0.9      │\n│  test_loss   │     0.25     │\n└──────────────┴──────────────┘\n",
        [(0, {"test_acc": 0.9, "test_loss": 0.25})], 1),
    "fastai": Log(
        "epoch     train_loss  valid_loss  accuracy  time    \n"
        "0         0.564123    0.412345    0.912000  00:12     \n1         0.464       0.312       0.922     00:12     \n",
        [(0, {"train_loss": 0.564123, "valid_loss": 0.412345, "accuracy": 0.912}),
         (1, {"train_loss": 0.464, "valid_loss": 0.312, "accuracy": 0.922})]),
    "xgboost": Log("[0]\tvalidation_0-rmse:0.5\tvalidation_1-rmse:0.6\n[1]\tvalidation_0-rmse:0.4\tvalidation_1-rmse:0.55\n",
        [(0, {"validation_0-rmse": 0.5, "validation_1-rmse": 0.6}), (1, {"validation_0-rmse": 0.4, "validation_1-rmse": 0.55})]),
    "lightgbm": Log(
        "[LightGBM] [Info] Total Bins 1000\n[10]\tvalid_0's l2: 0.5\tvalid_0's auc: 0.9\n[20]\tvalid_0's l2: 0.4\tvalid_0's auc: 0.91\n",
        [(10, {"valid_0's l2": 0.5, "valid_0's auc": 0.9}), (20, {"valid_0's l2": 0.4, "valid_0's auc": 0.91})], 1),
    "catboost": Log(
        "Learning rate set to 0.03\n0:\tlearn: 0.6900000\ttest: 0.7000000\tbest: 0.7000000 (0)\ttotal: 5ms\tremaining: 5s\n"
        "100:\tlearn: 0.5\ttest: 0.6\tbest: 0.6 (100)\ttotal: 1.2s\tremaining: 10m 5s\n",
        [(0, {"learn": 0.69, "test": 0.7, "best": 0.7, "total": 5, "remaining": 5}),
         (100, {"learn": 0.5, "test": 0.6, "best": 0.6, "total": 1.2, "remaining": 10})], 1),
    "scikit-learn": Log("Iteration 1, loss = 0.5\nIteration 2, loss = 0.25000000\nTraining loss did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping.\n",
        [(1, {"loss": 0.5}), (2, {"loss": 0.25})], 1),
    "scikit-learn's boosting": Log("      Iter       Train Loss   Remaining Time \n         1           1.2576            1.20s\n         2           1.1           1.00s\n",
        [(1, {"Train Loss": 1.2576, "Remaining Time": 1.2}), (2, {"Train Loss": 1.1, "Remaining Time": 1})]),
    "YOLO": Log(
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/3      2.1G      1.182      1.303      1.104         23        640: 100%|██████████| 8/8 [00:03<00:00,  2.1it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 4/4 [00:01<00:00]\n"
        "                   all        128        929      0.640      0.537      0.605      0.446\n\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        2/3      2.1G      1.1      1.2      1.0         23        640: 100%|██████████| 8/8 [00:03<00:00,  2.1it/s]\n",
        [(1, {"GPU_mem": 2.1, "box_loss": 1.182, "cls_loss": 1.303, "dfl_loss": 1.104, "Instances": 23, "Size": 640}),
         (1, {"Images": 128, "Instances": 929, "Box P": 0.64, "R": 0.537, "mAP50": 0.605, "mAP50-95": 0.446}),
         (2, {"GPU_mem": 2.1, "box_loss": 1.1, "cls_loss": 1.2, "dfl_loss": 1, "Instances": 23, "Size": 640})]),
    "spaCy": Log(
        "ℹ Pipeline: ['tok2vec', 'ner']\nℹ Initial learn rate: 0.001\n"
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE \n---  ------  ------------  --------  ------  ------  ------  ------\n"
        "  0       0         45.11     63.00    0.00    0.00    0.00    0.00\n  0     200       1224.01   2883.29   57.10   60.00   55.00    0.57\n",
        [(0, {"E": 0, "LOSS TOK2VEC": 45.11, "LOSS NER": 63, "ENTS_F": 0, "ENTS_P": 0, "ENTS_R": 0, "SCORE": 0}),
         (200, {"E": 0, "LOSS TOK2VEC": 1224.01, "LOSS NER": 2883.29, "ENTS_F": 57.1, "ENTS_P": 60, "ENTS_R": 55, "SCORE": 0.57})], 2),
    "fairseq": Log(
        '2021-01-01 00:00:00 | INFO | fairseq.trainer | begin training epoch 1\n'
        '2021-01-01 00:00:00 | INFO | train_inner | epoch 001:    100 / 1000 loss=5.3, nll_loss=4.1, ppl=39.1, wps=1234.5, lr=1e-05, gnorm=1.2, wall=12\n'
        '2021-01-01 00:10:00 | INFO | train | {"epoch": 1, "train_loss": "5.1", "train_ppl": "30.5", "train_num_updates": "1000"}\n',
        [(100, {"loss": 5.3, "nll_loss": 4.1, "ppl": 39.1, "wps": 1234.5, "lr": 1e-5, "gnorm": 1.2, "wall": 12, "epoch": 1}),
         (1000, {"train_loss": 5.1, "train_ppl": 30.5, "epoch": 1})], 1),
    "detectron2": Log(
        "[06/12 10:00:00 d2.utils.events]:  eta: 0:10:00  iter: 19  total_loss: 1.9  loss_cls: 0.8  time: 0.2  data_time: 0.01  lr: 0.0005  max_mem: 2000M\n",
        [(19, {"total_loss": 1.9, "loss_cls": 0.8, "time": 0.2, "data_time": 0.01, "lr": 0.0005, "max_mem": 2000})]),
    "mmdetection": Log(
        "2021-05-01 12:00:00,123 - mmdet - INFO - Epoch [1][50/7330]\tlr: 1.978e-03, eta: 1 day, 2:10:10, time: 0.6, data_time: 0.05, memory: 3900, loss_rpn_cls: 0.5, loss: 1.2\n"
        "2021/05/01 12:00:05 - mmengine - INFO - Epoch(train)  [1][ 100/7330]  lr: 1.9e-03  eta: 1:00:00  time: 0.5  loss: 1.1\n",
        [(50, {"lr": 1.978e-3, "time": 0.6, "data_time": 0.05, "memory": 3900, "loss_rpn_cls": 0.5, "loss": 1.2, "epoch": 1}),
         (100, {"lr": 1.9e-3, "time": 0.5, "loss": 1.1, "epoch": 1})]),
    "Megatron": Log(
        " [2024-01-01 10:00:00] iteration       10/  500000 | consumed samples:         2560 | elapsed time per iteration (ms): 1234.5 | learning rate: 1.500E-06 | global batch size:   256 | lm loss: 1.070000E+01 | loss scale: 1.0 | grad norm: 5.125 | number of skipped iterations:   0 | number of nan iterations:   0 |\n",
        [(10, {"consumed samples": 2560, "elapsed time per iteration (ms)": 1234.5, "learning rate": 1.5e-6, "global batch size": 256, "lm loss": 10.7, "loss scale": 1, "grad norm": 5.125})]),
    "DeepSpeed": Log("[2023-04-01 10:00:00,000] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[9.6e-06], mom=[(0.9, 0.95)]\n",
        [(10, {"skipped": 0, "lr": 9.6e-6})]),
    "torchtitan": Log("[titan] 2024-07-01 10:00:00,123 - root - INFO - step: 10  loss:  7.1234  grad_norm: 1.2  memory: 10.00GiB(20.00%)  tps: 8,000  tflops: 100.10  mfu: 30.10%\n",
        [(10, {"loss": 7.1234, "grad_norm": 1.2, "memory": 10, "tps": 8000, "tflops": 100.1, "mfu": 30.1})]),
    "timm": Log("Train: 0 [  50/1251 (  4%)]  Loss: 6.9 (6.95)  Time: 1.2s, 100.0/s  (1.3s, 90.0/s)  LR: 1.0e-04  Data: 0.5 (0.6)\n",
        [(50, {"Loss": 6.9, "Time": 1.2, "LR": 1e-4, "Data": 0.5, "epoch": 0})]),
    "TensorFlow's estimator": Log("INFO:tensorflow:loss = 0.5, step = 100 (1.234 sec)\nINFO:tensorflow:global_step/sec: 81.2\n",
        [(100, {"loss": 0.5})], 1),
    "Caffe": Log("I0101 12:00:00.000000  1234 solver.cpp:228] Iteration 100, loss = 0.5\nI0101 12:00:00.000000  1234 sgd_solver.cpp:106] Iteration 100, lr = 0.01\n",
        [(100, {"loss": 0.5}), (100, {"lr": 0.01})]),
    "absl": Log("I0101 12:00:00.000000 140123456 train.py:100] [10] accuracy=0.5, loss=1.2\n", [(10, {"accuracy": 0.5, "loss": 1.2})]),
    "MXNet": Log("INFO:root:Epoch[0] Batch [20]\tSpeed: 1000.00 samples/sec\taccuracy=0.5\n", [(20, {"Speed": 1000, "accuracy": 0.5, "epoch": 0})]),
    "Paddle": Log("[2023/01/01 10:00:00] ppcls INFO: [Train][Epoch 1/20][Iter: 10/100]lr(LinearWarmup): 0.0001, top1: 0.1, CELoss: 4.6, loss: 4.7\n",
        [(10, {"lr(LinearWarmup)": 0.0001, "top1": 0.1, "CELoss": 4.6, "loss": 4.7, "epoch": 1})]),
    "a logger": Log("2024-01-01 10:00:00,123 - train - INFO - step 5 - loss: 0.5 - acc: 0.75\nWARNING:root:loss is large\n", [(5, {"loss": 0.5, "acc": 0.75})], 1),
    "Rust": Log("2024-01-01T00:00:00.123456Z  INFO train: step=10 loss=0.5\n[2024-01-01T00:00:00Z INFO  mycrate] Epoch 11: loss = 0.25, acc = 0.9\n",
        [(10, {"loss": 0.5}), (11, {"loss": 0.25, "acc": 0.9})]),
    "Go": Log('level=info msg="step done" step=10 loss=0.5\n2024-01-01T10:00:00.000Z\tINFO\ttrain/main.go:42\tstep\t{"step": 11, "loss": 0.25}\n',
        [(10, {"loss": 0.5}), (11, {"loss": 0.25})]),
    "LLaMA-Factory": Log(
        "[INFO|2024-06-01 10:00:00] llamafactory.train.callbacks:143 >> {'loss': 0.7, 'learning_rate': 5e-05, 'epoch': 0.1}\n"
        '{"current_steps": 10, "total_steps": 100, "loss": 0.9, "lr": 5e-05, "epoch": 0.1, "percentage": 10.0, "elapsed_time": "0:00:12"}\n',
        [(0, {"loss": 0.7, "learning_rate": 5e-5, "epoch": 0.1}), (10, {"total_steps": 100, "loss": 0.9, "lr": 5e-5, "epoch": 0.1, "percentage": 10})]),
    "structlog": Log('{"event": "step", "level": "info", "step": 3, "train": {"loss": 0.5, "done": true}}\n', [(3, {"train/loss": 0.5})]),
    "wandb": Log('{"_step": 4, "_runtime": 1.5, "loss": 0.5, "_timestamp": 1700000000.5}\n', [(4, {"_runtime": 1.5, "loss": 0.5, "_timestamp": 1700000000.5})]),
    "JSON in colours": Log('\x1b[32m2024-01-01 10:00:00\x1b[0m | \x1b[1mINFO\x1b[0m | {"Step": 7, "loss": \x1b[31m0.5\x1b[0m}\n', [(7, {"loss": 0.5})]),
    "TensorBoard": Log("Wall time,Step,Value\n1700000000.5,0,0.5\n1700000001.5,10,0.25\n",
        [(0, {"Wall time": 1700000000.5, "Value": 0.5}), (10, {"Wall time": 1700000001.5, "Value": 0.25})]),
    "Keras' CSV": Log("epoch,accuracy,loss\n0,0.5,1.5\n1,0.6,1.25\n", [(0, {"accuracy": 0.5, "loss": 1.5}), (1, {"accuracy": 0.6, "loss": 1.25})]),
    "Lightning's CSV": Log("epoch,step,train_loss,val_loss\n0,49,0.5,\n0,49,,0.4\n1,99,0.3,\n",
        [(49, {"epoch": 0, "train_loss": 0.5}), (49, {"val_loss": 0.4}), (99, {"epoch": 1, "train_loss": 0.3})]),
    "pandas' CSV": Log(",loss,acc\n0,0.5,0.1\n1,0.4,0.2\n", [(0, {"loss": 0.5, "acc": 0.1}), (1, {"loss": 0.4, "acc": 0.2})]),
    "TSV": Log("Iteration\tloss\n1\t0.5\n2\t0.25\n", [(1, {"loss": 0.5}), (2, {"loss": 0.25})]),
    "semicolons": Log("step;loss\n1;0,5\n2;0,25\n", [(1, {"loss": 0.5}), (2, {"loss": 0.25})]),
    "a second header": Log("step,loss\n1,0.5\nstep,val_loss\n1,0.4\nstep,loss,acc\n2,0.3,0.9\n3,0.2\n",
        [(1, {"loss": 0.5}), (1, {"val_loss": 0.4}), (2, {"loss": 0.3, "acc": 0.9}), (3, {"val_loss": 0.2})]),
    "a row too long": Log("step,loss\n1,0.5\n2,0.4,0.9\n3,0.3\n", [(1, {"loss": 0.5}), (3, {"loss": 0.3})], 1),
    "a table with bars": Log("| epoch | loss | acc |\n|-------|------|-----|\n| 1 | 0.5 | 0.9 |\n| 2 | 0.25 | 0.95 |\n",
        [(1, {"loss": 0.5, "acc": 0.9}), (2, {"loss": 0.25, "acc": 0.95})]),
    "Stable Baselines": Log(
        "---------------------------------\n| time/              |          |\n|    fps             | 1234     |\n|    total_timesteps | 2048     |\n"
        "| train/             |          |\n|    loss            | 0.5      |\n---------------------------------\n",
        [(2048, {"time/fps": 1234, "train/loss": 0.5})]),
    "reinforcement": Log("Episode 10\tLast reward: 12.00\tAverage reward: 10.65\n", [(10, {"Last reward": 12, "Average reward": 10.65})]),
    "tensors": Log("{'loss': tensor(0.5, device='cuda:0', grad_fn=<NllLossBackward0>), 'acc': np.float64(0.9), 'step': 3}\nstep 4 loss: tensor(0.25)\n",
        [(3, {"loss": 0.5, "acc": 0.9}), (4, {"loss": 0.25})]),
    "a loss that breaks": Log("step 1 loss 0.5\nstep 2 loss inf\nstep 3 loss nan\nstep=4 loss=-inf\n",
        [(1, {"loss": 0.5}), (2, {"loss": math.inf}), (3, {"loss": math.nan}), (4, {"loss": -math.inf})]),
    "logfmt": Log("ts=2024-01-01T10:00:00Z level=info step=3 loss=0.5 tokens=8,192\n", [(3, {"loss": 0.5, "tokens": 8192})]),
    "Darknet's neighbour": Log("Step 1 | loss:0.5 lr:0.1 tokens_per_second_per_gpu:100\n", [(1, {"loss": 0.5, "lr": 0.1, "tokens_per_second_per_gpu": 100})]),
    "loguru": Log("2024-01-01 10:00:00.000 | INFO     | __main__:train:42 - epoch=4 loss=0.25\n", [(4, {"loss": 0.25})]),
    "rich": Log("[10:00:00] INFO     epoch 6: loss=0.5                                      train.py:10\n", [(6, {"loss": 0.5})]),
    "OpenNMT": Log("[2024-01-01 10:00:00,000 INFO] Step 50/100000; acc: 5.2; ppl: 8000.1; xent: 9.0; lr: 0.00001; 1500/1500 tok/s;     10 sec;\n",
        [(50, {"acc": 5.2, "ppl": 8000.1, "xent": 9, "lr": 1e-5})]),
    "Marian": Log("[2024-01-01 10:00:00] Ep. 1 : Up. 100 : Sen. 10,000 : Cost 8.12345 : Time 10.50s\n", [(1, {"Cost": 8.12345, "Time": 10.5})]),
    "Swin": Log("Train: [1/90] [ 10/100] eta 0:01:00 lr 0.001 loss 1.234 (1.5)\n", [(10, {"lr": 0.001, "loss": 1.234, "epoch": 1})]),
    "torchvision": Log("Epoch: [0]  [ 10/100]  eta: 0:01:10  lr: 0.001000  loss: 1.2345 (1.3000)  acc1: 50.0 (51.0)  max mem: 1000\nTest:  [ 0/50]  eta: 0:00:10  loss: 0.9 (0.9)  acc1: 70.0 (70.0)\n",
        [(10, {"lr": 0.001, "loss": 1.2345, "acc1": 50, "max mem": 1000, "epoch": 0}), (100, {"test/loss": 0.9, "test/acc1": 70, "epoch": 0})]),
    "MLPerf": Log(':::MLLOG {"time_ms": 1700000000000, "key": "eval_accuracy", "value": 0.75, "step": 3}\n', [(3, {"time_ms": 1700000000000, "eval_accuracy": 0.75})]),
    "a tutorial": Log("Cost after iteration 100: 0.64\nLoss at step 200: 0.53\nloss after 300 steps: 0.5\n", [(100, {"Cost": 0.64}), (200, {"Loss": 0.53}), (300, {"loss": 0.5})]),
    "CS231n": Log("iteration 100 / 1500: loss 0.532\n(Epoch 1 / 10) train acc: 0.5; val_acc: 0.45\n", [(100, {"loss": 0.532}), (1, {"train acc": 0.5, "val_acc": 0.45})]),
    "d2l": Log("epoch 1, loss 0.5000, train acc 0.80, test acc 0.75\nloss 0.4, train acc 0.85, test acc 0.8\n",
        [(1, {"loss": 0.5, "train acc": 0.8, "test acc": 0.75}), (2, {"loss": 0.4, "train acc": 0.85, "test acc": 0.8})]),
    "parts of a line": Log("Epoch 1 - Train: loss 0.5, acc 0.8 - Valid: loss 0.6, acc 0.7\n", [(1, {"loss": 0.5, "acc": 0.8, "valid/loss": 0.6, "valid/acc": 0.7})]),
    "makemore": Log("      0/ 200000: 27.8817\n  10000/ 200000: 2.5633\ntrain 2.12\n", [(0, {"loss": 27.8817}), (10000, {"loss": 2.5633})], 1),
    "micrograd's lecture": Log("0 Value(data=4.5, grad=0)\n1 Value(data=2.25)\nstep 2 loss Value(data=1e-3, grad=0.0)\n",
        [(0, {"loss": 4.5}), (1, {"loss": 2.25}), (2, {"loss": 0.001})]),
    "fastText": Log("Progress: 10.0% words/sec/thread: 1000 lr: 0.09 loss: 1.2 ETA: 0h 1m\n", [(0, {"Progress": 10, "words/sec/thread": 1000, "lr": 0.09, "loss": 1.2})]),
    "json.dumps(indent=2)": Log('{\n  "step": 5,\n  "loss": 0.5,\n  "metrics": {\n    "acc": 0.9\n  }\n}\n{\n  "step": 6,\n  "loss": 0.25\n}\n',
        [(5, {"loss": 0.5, "metrics/acc": 0.9}), (6, {"loss": 0.25})]),
    "pprint": Log("{'acc': 0.9,\n 'loss': 0.5,\n 'step': 3}\n{'loss': tensor(0.25,\n       device='cuda:0'),\n 'step': 4}\n", [(3, {"acc": 0.9, "loss": 0.5}), (4, {"loss": 0.25})]),
    "braces that never close": Log("{\nstep 1 loss 0.5\nmodel = {\n'loss': 0.25\n", [(1, {"loss": 0.5}), (2, {"loss": 0.25})], 2),
    "a JSON list": Log('[{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]\n', [(1, {"loss": 0.5}), (2, {"loss": 0.25})]),
    "a step on a line of its own": Log("Step 10\nloss: 0.5\nacc: 0.9\nstep: 20\nloss: 0.4\n-- Iteration 30 --\nloss: 0.3\n",
        [(10, {"loss": 0.5}), (10, {"acc": 0.9}), (20, {"loss": 0.4}), (30, {"loss": 0.3})]),
    "TensorFlow's tensors": Log("Step 10: loss = tf.Tensor(2.3, shape=(), dtype=float32)\n{'loss': <tf.Tensor: shape=(), dtype=float32, numpy=0.5>, 'step': 20}\n",
        [(10, {"loss": 2.3}), (20, {"loss": 0.5})]),
    "what stands before a name": Log(
        "Epoch 0/9 ━━━━━━━━━━ 100/100 0:00:01 • 0:00:00 80.1it/s v_num: 0.000 train_loss: 0.5\n"
        "🔥 step 101 | 📉 loss=0.25 ✅ acc=0.9\n│ loss             0.125 │\n",
        [(100, {"train_loss": 0.5, "epoch": 0}), (101, {"loss": 0.25, "acc": 0.9}), (102, {"loss": 0.125})]),
    "scikit-learn's grid search": Log("[CV 2/5] END ......C=1, gamma=0.1;, score=0.9 total time=   0.0s\n", [(2, {"C": 1, "gamma": 0.1, "score": 0.9, "total time": 0})]),
    "scikit-learn's k-means": Log("Initialization complete\nIteration 0, inertia 123.5.\nIteration 1, inertia 100.25.\n", [(0, {"inertia": 123.5}), (1, {"inertia": 100.25})], 1),
    "RLlib": Log("{'episode_reward_mean': 22.5, 'training_iteration': 7, 'info': {'learner': {'loss': 9.1}}}\n", [(7, {"episode_reward_mean": 22.5, "info/learner/loss": 9.1})]),
    "Darknet": Log(" 1: 1850.25, 1850.5 avg loss, 0.000000 rate, 1.5 seconds, 64 images, -1.000000 hours left\n 2: nan, 1849.5 avg, 0.000010 rate, 1.5 seconds, 128 images\n",
        [(1, {"loss": 1850.25, "avg loss": 1850.5, "rate": 0}), (2, {"loss": math.nan, "avg loss": 1849.5, "rate": 1e-5})]),
    "a number that is not there": Log("step 6 | loss: 2.1, val: n/a | iter time: 100.50 ms\nstep 7 loss=None acc=0.5\n", [(6, {"loss": 2.1, "iter time": 100.5}), (7, {"acc": 0.5})]),
    "objects without a line between": Log('{"step":1,"loss":1}{"step":2,"loss":2} {"step":3,"loss":3}\n', [(1, {"loss": 1}), (2, {"loss": 2}), (3, {"loss": 3})]),
    "Vowpal Wabbit": Log("loss     last          counter         weight    label  predict features\n0.693147 0.693147            1            1.0   1.0000   0.0000       10\n", [], 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("epochs", "steps"),
    [
        ([0.5, 1.0, 1.5, 2.0], [0, 1, 2, 3]),
        ([0.0, 0.05, 1.0, 1.05], [0, 1, 2, 3]),
        ([0, 0, 0.01, 1.0], [0, 1, 2, 3]),
        ([1.0, 2.0, 3.0], [1, 2, 3]),
        ([1, 1, 2, 2], [1, 2, 3, 4]),
    ],
)
def test_an_epoch_is_a_step_only_where_each_has_numbers_of_its_own(
    epochs: list[float], steps: list[int]
) -> None:
    losses = [1 / (at + 1) for at in range(len(epochs))]

    for line in ("{{'loss': {1}, 'epoch': {0}}}", "Epoch {0} loss: {1}", "Epoch: {0} | loss={1}"):
        found, _ = read("\n".join(map(line.format, epochs, losses)))

        assert [step for step, _ in found] == steps
        assert [numbers["loss"] for _, numbers in found] == losses


@pytest.mark.parametrize(
    "line", ["a/b=" + "111/b=" * 300 + "1 !", "a/b=1 " * 300 + "!", "a/" * 900 + "=1"]
)
def test_a_line_of_paths_takes_no_time(line: str) -> None:
    """What may end a number or begin a name took twice as long for each more of it, or for ever."""
    assert read(line)[1].lines == 1


def close(wanted: dict[str, float], found: dict[str, float]) -> bool:
    return wanted.keys() == found.keys() and all(
        wanted[name] == pytest.approx(found[name], nan_ok=True) for name in wanted
    )


@pytest.mark.parametrize("program", LOGS)
def test_a_log_is_read_by_step_and_name(program: str) -> None:
    log = LOGS[program]

    found, reader = read(log.text)

    assert [step for step, _ in found] == [step for step, _ in log.read], found
    for (_, wanted), (_, numbers) in zip(log.read, found, strict=True):
        assert close(wanted, {k: v for k, v in numbers.items() if k in wanted or k != "ETA"}), numbers
    assert reader.unread == log.unread, reader.first_unread


PROSE = [
    "tokens a step: 8,192",
    "tokens per iteration will be: 491,520",
    "x_train shape: (60000, 28, 28, 1)",
    "60000 train samples",
    "Found 60000 images belonging to 10 classes.",
    "number of parameters: 10.65M",
    "Total params: 61,706 (241.04 KB)",
    "num decayed parameter tensors: 26, with 10,740,096 parameters",
    "Using cuda device 0 with 24 GB",
    "loss function: CrossEntropyLoss",
    "Training for 10 epochs with batch size 64",
    "Namespace(lr=0.01, batch_size=64, epochs=10, loss='mse')",
    "saving checkpoint at step 100 to out/ckpt-100.pt",
    "Epoch 00003: early stopping",
    "Restoring model weights from the end of the best epoch: 3.",
    "Epoch 1 took 5.2 seconds",
    "https://example.com:8080/runs/12",
    "CUDA_VISIBLE_DEVICES=0",
    "Downloading model.safetensors to /tmp/hub/models--x/snapshots/3f2a1b",
    "Python 3.11.2 (main, Jan 1 2024, 10:00:00) [GCC 12.2.0]",
    "torch==2.1.0 numpy==1.26.0",
    "Loaded 32,768 rows, 10 columns",
    "the loss went down, at last, after 3 hours, 20 minutes",
    "seed: 1337",
    "/usr/lib/python3/dist-packages/x.py:12: UserWarning: loss is not a number",
    "Traceback (most recent call last):",
    '  File "train.py", line 10, in <module>',
    "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x784 and 100x10)",
    "Map: 100%|██████████| 1000/1000 [00:00<00:00, 2000.00 examples/s]",
]  # fmt: skip


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_data(line: str) -> None:
    found, _ = read(f"{line}\n{line}\n")

    assert found == []


@pytest.mark.parametrize("line", PROSE)
def test_prose_between_rows_shifts_no_name(line: str) -> None:
    found, _ = read(f"step,loss\n{line}\n1,0.5\n{line}\n2,0.25\n")

    assert found == [(1, {"loss": 0.5}), (2, {"loss": 0.25})]


def test_what_cannot_be_read_is_counted_and_the_first_of_it_kept() -> None:
    _, reader = read("hello\nworld\nstep 1 loss 0.5\n\n-----\n")

    assert reader.sentence == "2 lines held no numbers, the first: hello"


@pytest.mark.parametrize(
    "name", ["step", "Step", "STEP", "_step", "global_step", "Iteration", "trainer/global_step", "iter"]
)
def test_steps_by_any_of_their_names(name: str) -> None:
    assert read(f'{{"{name}": 7, "loss": 1}}\n')[0] == [(7, {"loss": 1})]
    assert read(f"loss,{name}\n1,7\n")[0] == [(7, {"loss": 1})]


def test_a_line_of_megabytes_is_read() -> None:
    text = '{"text": "' + "x" * 15_000_000 + '", "step": 1, "loss": 0.5}\n'

    assert read(text)[0] == [(1, {"loss": 0.5})]


@pytest.mark.parametrize(
    "part",
    ["a=1 ", "1 ", "[1/2] ", "{", "0,", "9", "-", "10%|", "Epoch ", "1:", "('", " ", "loss: ", "step 1 "],
)
def test_no_line_takes_long_however_odd(part: str) -> None:
    began = time.process_time()

    read(f"{part * (100_000 // len(part))}\nstep 1 loss 0.5\n")

    assert time.process_time() - began < 2.0


def test_broken_bytes_harm_nothing() -> None:
    chance = random.Random(0)
    text = bytearray("".join(log.text for log in LOGS.values()).encode())
    for _ in range(500):
        text[chance.randrange(len(text))] = chance.randrange(256)
    reader, steps = LineReader(), Steps()

    for line in lines_of([bytes(text)]):
        for found in reader.read(line):
            steps.take(found)

    assert steps.last > 0
