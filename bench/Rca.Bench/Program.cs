// Measurements of this program, most of them beside what others use for the same. PYTHON is a Python with the packages that a script of
// bench/python names, /usr/bin/python3 where left out. Nothing here decides whether a build passes.
//   Rca.Bench [PYTHON]              a training step here and in Python's torch on the same libtorch
//   Rca.Bench paper [PYTHON]        a training step of the paper's network, beside the same in Python's torch and beside public code
//   Rca.Bench released [PYTHON]     a training step of the public code's network, beside public code
//   Rca.Bench label [PYTHON]        a picture labelled from file to file, beside network and CRF there
//   Rca.Bench input [PYTHON]        training pictures from JPEG files to batches, beside torchvision's loader
//   Rca.Bench evaluation [PYTHON]   comparing 1,449 pairs of masks, beside NumPy
//   Rca.Bench prototypes [PYTHON]   clustering the memory, beside scikit-learn
//   Rca.Bench contrast [PYTHON]     contrast, memory and gathering, beside the same by loops; and their share of a step
//   Rca.Bench weights [PYTHON]      reading VGG16's 528 MiB, made by Python's torch, here and there
//   Rca.Bench photographs DATA OUT MINUTES [SETTING=VALUE ...] [PYTHON]
//                                   pseudo labels after so many minutes of training, beside two ways in Python's torch; labels and run into OUT
//   Rca.Bench busy [ROUNDS]         training steps, CRF and input alone and beside a program that keeps a processor busy
//   Rca.Bench precision [SIZE] [BACKBONE ...]  each backbone in bfloat16 and in float32, at 368 where left out
//   Rca.Bench soak                  2,000 steps of the whole method, with the memory in use every 200
//   Rca.Bench scaling [FOLDER]      how cost grows with pictures, classes, side, threads and batch: tables, and plots into FOLDER, docs/figures where left out
//   Rca.Bench costs                 parameters, multiply-adds and activation memory of each backbone: the table of docs/backbones.md
using System.Globalization;
using Rca.Backbones;
using Rca.Bench;
using Rca.Torch;

if (args is ["busy", .. var rounds])
{
    BusyBench.Run(rounds); // where each side has threads of its own
    return;
}
TorchRuntime.Initialize(TorchRuntime.Threads); // both sides have the same, however busy the machine
Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, bfloat16 in hardware: {TorchRuntime.HasFastBFloat16}");
string[] names = ["paper", "released", "label", "input", "evaluation", "prototypes", "contrast", "weights", "photographs", "soak", "scaling", "costs", "precision"];
var (name, rest) = args is [var first, .. var others] && names.Contains(first) ? (first, others) : ("step", args);
string python = rest.Skip(name == "photographs" ? 3 : 0).FirstOrDefault(static argument => !PhotographsBench.IsSetting(argument)) ?? "/usr/bin/python3";
PythonPeer Peer(string script) => new(python, script, TorchRuntime.Threads);
switch (name)
{
    case "paper": VggBench.Paper(Peer("vgg.py")); break;
    case "released": VggBench.Released(Peer("vgg.py")); break;
    case "label": VggBench.Label(Peer("vgg.py"), Peer("densecrf.py")); break;
    case "input": InputBench.Run(Peer("input.py")); break;
    case "evaluation": EvaluationBench.Run(Peer("evaluation.py")); break;
    case "prototypes": PrototypesBench.Run(Peer("prototypes.py")); break;
    case "contrast": ContrastBench.Run(Peer("contrast.py")); break;
    case "weights": WeightLoading.Run(Peer("weights.py")); break;
    case "photographs": PhotographsBench.Run(Peer("photographs.py"), rest); break;
    case "soak": Soak.Run(); break;
    case "scaling": ScalingBench.Run(rest is [var folder, ..] ? folder : Path.Combine("docs", "figures")); break;
    case "costs": Costs.Run(); break;
    case "precision":
        PrecisionBench.Run(rest is [var size, ..] ? int.Parse(size, CultureInfo.InvariantCulture) : 368, rest is [_, .. { Length: > 0 } some] ? some : Backbone.Names);
        break;
    default: StepBench.Run(Peer("step.py")); break;
}
