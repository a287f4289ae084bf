using System.Globalization;
using Rca.Torch;

namespace Rca.Data.Voc;

/// <summary>
/// Reads <c>cls_labels.npy</c>, the dictionary from picture names to vectors of 0 and 1 that IRN and its descendants keep image-level
/// tags in. The pickle inside is read as data; nothing is executed.
/// </summary>
public static class ClassLabelFile
{
    /// <summary>The smallest number that is a PASCAL VOC name without its underscore: 2007000032 is 2007_000032.</summary>
    private const long FirstVocNumber = 1_000_000_000;

    /// <summary>Classes at most, and numbers in all vectors together: many names may share one vector of the file.</summary>
    private const long MaxClasses = 65_535, MaxNumbers = 100_000_000;

    /// <summary>Reads the class numbers of each picture.</summary>
    /// <returns>
    /// By the picture's name without extension, class numbers from 0 in rising order. Where the file has numbers for names, ten digits
    /// become a VOC name (2007_000032), others a COCO number of twelve digits (000000000009).
    /// </returns>
    /// <exception cref="RcaException">The file is missing, damaged, or not such a dictionary.</exception>
    public static IReadOnlyDictionary<string, IReadOnlySet<int>> Read(string path)
    {
        IReadOnlyDictionary<string, NumpyArray> vectors;
        try
        {
            vectors = NumpyFile.ReadDictionary(path);
        }
        catch (WeightFileException e)
        {
            throw new RcaException($"{e.Message}. Expected a dictionary from picture names to vectors of 0 and 1, as cls_labels.npy is.", e);
        }
        var labels = new Dictionary<string, IReadOnlySet<int>>(vectors.Count, StringComparer.Ordinal);
        long? classes = null;
        foreach (var (key, vector) in vectors)
        {
            string name = NameOf(key);
            if (vector.Shape.Count != 1 || vector.Shape[0] != (classes ??= vector.Shape[0]))
                throw new RcaException($"{path}: '{Printable(name)}' has a vector of the shape ({string.Join(", ", vector.Shape)}), expected one number for each class, as many for each picture.");
            if (classes > MaxClasses || classes * vectors.Count > MaxNumbers)
                throw new RcaException($"{path} has {classes} classes for {vectors.Count} pictures; at most {MaxClasses} classes and {MaxNumbers} numbers in all are supported.");
            double[] values = vector.ToDoubles();
            if (Array.Find(values, static value => value is not (0 or 1)) is var wrong and not (0 or 1))
                throw new RcaException(string.Create(CultureInfo.InvariantCulture, $"{path}: '{Printable(name)}' has the value {wrong}, expected 0 or 1."));
            var present = new SortedSet<int>(Enumerable.Range(0, values.Length).Where(c => values[c] == 1));
            if (!labels.TryAdd(name, present)) throw new RcaException($"{path}: there are two pictures named '{Printable(name)}'.");
        }
        return labels;
    }

    private static string NameOf(string key)
    {
        if (long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return number >= FirstVocNumber && key.Length == 10 ? $"{key[..4]}_{key[4..]}" : key.PadLeft(12, '0');
        return key.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || key.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? key[..^4] : key;
    }

    private static string Printable(string name) => string.Concat(name.Take(80).Select(static c => char.IsControl(c) ? '\uFFFD' : c));
}
