// The mask of one picture, with a network that 'rca segment' or 'rca start' made: PredictPicture RUN PICTURE MASK.png
using Rca.Computing;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Segmentation;
using Rca.Training;

using Segmenter segmenter = Segmenter.Load(new RunFolder(args[0]), new PredictionOptions(), new Compute());
LabelMap mask = segmenter.Predict([PictureFile.ReadRgb(args[1])])[0];
LabelFile.Write(args[2], mask);
foreach (var label in mask.Labels.CountBy(static label => label).OrderBy(static label => label.Key))
    Console.WriteLine($"{label.Value} pixels are {(label.Key == 0 ? "background" : segmenter.Classes[label.Key - 1])}.");
