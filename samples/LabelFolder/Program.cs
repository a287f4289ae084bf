// Masks of tagged pictures, with a network that 'rca train' or 'rca start' made: LabelFolder RUN DATA OUT
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Labelling;
using Rca.Training;

using Classifier classifier = Classifier.Load(new RunFolder(args[0]), new Compute());
TaggedDataset data = DatasetReader.Load(args[1]);
var labelling = new LabellingRun(classifier, new LabellingOptions(), new LabellingFolders());
LabellingResult result = labelling.Run(data.Of(Split.Train), args[2]);
Console.WriteLine($"{result.Pictures} masks in {args[2]}.");
