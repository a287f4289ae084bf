using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Reporting;

namespace Rca.Tests.Reporting;

internal static class Samples
{
    /// <summary>A report with every part, in which <paramref name="text"/> stands wherever text from outside can stand.</summary>
    public static ReportContent Full(string text = "word", int examples = 1, int side = 24)
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(new LabelMap(2, 1, [0, 1]), new LabelMap(2, 1, [0, 2]));
        return new ReportContent
        {
            Title = text,
            Outcome = text,
            Made = new DateTimeOffset(2026, 3, 4, 5, 6, 0, TimeSpan.Zero),
            Classes = [text, $"{text} 2"],
            Headlines = [new(text, text, text), new(text, 0.674, text), new(text, (double?)null, text)],
            Examples = [.. Enumerable.Range(0, examples).Select(i => Row($"{text}{i}", side))],
            Advice = [new(text, text, text), new(text, text)],
            Galleries = [new(text, text, [Row($"{text}g", side) with { Note = text }])],
            ClassFigures = [new(text, 3) { Labelled = 3, WithoutPixels = 1, MeanShare = 0.25, Predicted = 2 }, new($"{text} 2", 0)],
            Scores = [new(text, matrix.ToReport([text, text]))],
            Charts = [new(text, [new(text, [new(1, 0.5), new(2, 0.25)]), new(text, [new(1, 0.4)])])],
            Times = [new(text, 12), new(text, 0)],
            Settings = [new(text, [new(text, text)])],
            CommandLine = text,
        };
    }

    public static Example Row(string name, int side)
    {
        Picture picture = Photograph(side, side * 3 / 4);
        var labels = new LabelMap(picture.Width, picture.Height);
        for (int i = 0; i < labels.Labels.Length; i++) labels.Labels[i] = (ushort)(i / 7 % 3);
        return new Example(name, Split.Val, [0, 1], picture)
        {
            FirstMap = picture, FinalMap = picture, PseudoLabel = labels, Prediction = labels, Truth = labels,
        };
    }

    /// <summary>Smooth shapes under a grain as strong as a photograph's.</summary>
    private static Picture Photograph(int width, int height)
    {
        var random = new Random(1);
        var picture = new Picture(width, height, 3);
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            int x = i / 3 % width, y = i / 3 / width;
            picture.Pixels[i] = (byte)Math.Clamp(128 + 90 * Math.Sin(x / 9.0 + i % 3) * Math.Cos(y / 7.0) + random.Next(-20, 21), 0, 255);
        }
        return picture;
    }
}
