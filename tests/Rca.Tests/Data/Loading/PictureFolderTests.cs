using Rca.Data;
using Rca.Data.Loading;

namespace Rca.Tests.Data.Loading;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsNotReadIsNamedAndOwnResultsArePassedOver()
    {
        foreach (string name in (string[])["a.jpg", "sub/b.JFIF", "c.png", "out/masks/a.png", "out/overlays/a.png", "out-d/d.png"]) _folder.Picture($"pictures/{name}");
        foreach (string name in (string[])["e.webp", "f.bmp", "g.tif", "notes.txt", "out/masks/h.webp"]) _folder.Text($"pictures/{name}", "x");
        File.CreateSymbolicLink(_folder.At("pictures/i.jpg"), _folder.Picture("elsewhere.jpg"));

        FoundPictures found = PictureFolder.Find(_folder.At("pictures"), except: [_folder.At("pictures/out/masks"), _folder.At("pictures/out/overlays")]);

        Assert.Equal(["a.jpg", "c.png", "out-d/d.png", "sub/b.JFIF"], found.Images.Select(static image => image.Name));
        Assert.Equal(4, found.LeftOut.Count);
        Assert.Contains("links out of the folder are not followed", found.LeftOut[0]);
        Assert.Equal("e.webp: .webp pictures are not read; convert it to JPEG or PNG.", found.LeftOut[1]);
    }

    [Fact]
    public void WhereThereIsNothingTheReasonIsSaid()
    {
        Directory.CreateDirectory(_folder.At("pictures"));
        Assert.Contains("holds no pictures", Assert.Throws<RcaException>(() => PictureFolder.Find(_folder.At("pictures"))).Message);
        File.CreateSymbolicLink(_folder.At("pictures/i.jpg"), _folder.Picture("elsewhere.jpg"));
        Assert.Contains("is a link to", Assert.Throws<RcaException>(() => PictureFolder.Find(_folder.At("pictures"))).Message);
    }
}
