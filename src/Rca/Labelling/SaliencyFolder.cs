using Rca.Data;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Transforms;

namespace Rca.Labelling;

/// <summary>What to do with a picture that has no usable saliency map.</summary>
public enum MissingSaliency
{
    /// <summary>Use the background score, and name the picture at the end.</summary>
    Formula,

    /// <summary>Stop before anything is labelled.</summary>
    Stop,
}

/// <summary>A folder of saliency maps: grey PNGs of any size at the paths of the images.</summary>
internal sealed class SaliencyFolder
{
    private const int Named = 10, MostLookedAt = 50;

    private readonly string _folder;
    private readonly Dictionary<string, string> _paths;
    private readonly string? _obstacle;

    /// <exception cref="RcaException">The folder does not exist.</exception>
    public SaliencyFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new RcaException($"The saliency folder {folder} does not exist. It should hold grey PNGs named like the images.");
        FolderListing listing = SafeFolder.List(folder);
        (_folder, _paths) = (folder, listing.Files.ToDictionary(static file => file.Name, static file => file.Path, StringComparer.Ordinal));
        _obstacle = listing.Problems.Count > 0 ? $" {listing.Problems[0].Message}" : null;
    }

    /// <summary>Refuses a folder that has no map at all for the images, since it must be the wrong one, and on request also a folder in which some are missing.</summary>
    /// <exception cref="RcaException">Names the maps that are missing, up to ten.</exception>
    public void Require(IReadOnlyList<TaggedImage> images, MissingSaliency missing)
    {
        string[] without = [.. images.Select(static image => image.MaskName).Where(name => !_paths.ContainsKey(name))];
        if (without.Length == 0 || (missing == MissingSaliency.Formula && without.Length < images.Count))
        {
            RequireBright(images);
            return;
        }
        throw new RcaException(
            $"{_folder} has no saliency map for {without.Length} of {images.Count} images: {string.Join(", ", without.Take(Named))}{(without.Length > Named ? ", ..." : "")}. "
            + $"Expected grey PNGs at the images' paths, as in {Path.Combine(_folder, without[0])}.{_obstacle}");
    }

    /// <summary>Maps of 0 and 1, where 255 is meant, would say that no picture shows anything, and every picture would be ignored.</summary>
    private void RequireBright(IReadOnlyList<TaggedImage> images)
    {
        int looked = 0;
        bool ones = false;
        foreach (TaggedImage image in TaggedDataset.Spread([.. images.Where(image => _paths.ContainsKey(image.MaskName))], MostLookedAt))
        {
            try
            {
                byte brightest = PictureFile.ReadGray(_paths[image.MaskName]).Pixels.Max();
                if (brightest > 1) return;
                ones |= brightest == 1; // black alone is a picture without an object
                looked++;
            }
            catch (PictureException)
            {
                // Labelling names it.
            }
        }
        if (ones) throw new RcaException($"None of {looked} saliency maps of {_folder} is brighter than 1 of 255, so no picture would show anything. Expected grey PNGs where 255 is surely an object; were 0 and 1 written instead of 0 and 255?");
    }

    /// <summary>The map of an image at a given size; null where it has none.</summary>
    /// <exception cref="PictureException">The map cannot be read.</exception>
    public Picture? Read(TaggedImage image, int width, int height) =>
        _paths.TryGetValue(image.MaskName, out string? path) ? Resampler.Resize(PictureFile.ReadGray(path), width, height) : null;
}
