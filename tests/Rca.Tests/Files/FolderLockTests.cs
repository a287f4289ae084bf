using System.Diagnostics;
using Rca.Data;
using Rca.Files;
using Rca.Training;

namespace Rca.Tests.Files;

public sealed class FolderLockTests : SingleThread
{
    [Fact]
    public void TheSecondIsRefusedAndToldWhoIsThere()
    {
        using var folder = new TemporaryFolder();
        using (FolderLock.Take(folder.At("run")))
        {
            string message = Assert.Throws<RcaException>(() => FolderLock.Take(folder.At("run"))).Message;
            Assert.StartsWith($"Another program is writing into {folder.At("run")}: process {Environment.ProcessId} on {Environment.MachineName}", message);
            FolderLock.Take(folder.At("other")).Dispose();
        }
        Assert.False(File.Exists(folder.At("run/.lock-owner")));
        FolderLock.Take(folder.At("run")).Dispose();
    }

    /// <summary>What a program leaves that was killed: files that nobody holds.</summary>
    [Fact]
    public void FilesThatAreLeftBehindHoldNobodyUp()
    {
        using var folder = new TemporaryFolder();
        folder.Text("run/.lock", "");
        folder.Text("run/.lock-owner", "process 1 on elsewhere");
        FolderLock.Take(folder.At("run")).Dispose();
        Assert.False(File.Exists(folder.At("run/.lock-owner")));
    }

    [Fact]
    public void TrainingLabellingAndPredictionTakeTheFoldersThatTheyWrite()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        using (FolderLock.Take(folder.At("run")))
        {
            Assert.Contains("Another program", Assert.Throws<RcaException>(() => TinyRuns.Train(data, new RunFolder(folder.At("run")), TinyRuns.Classification, Fp32)).Message);
            Assert.Contains("Another program", Assert.Throws<RcaException>(() => TinyRuns.Train(data, folder.At("masks"), new RunFolder(folder.At("run")), TinyRuns.Segmentation, Fp32)).Message);
        }
        Assert.False(new RunFolder(folder.At("run")).Exists);
    }

    /// <summary>Another process that holds the folder is killed, which lets go of it.</summary>
    [Fact]
    public void AKilledProgramHoldsNothing()
    {
        using var folder = new TemporaryFolder();
        folder.Text("run/.lock", "");
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--exclusive", folder.At("run/.lock"), "sh", "-c", $"touch {folder.At("held")}; sleep 60"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(folder.At("held")), TimeSpan.FromSeconds(20)));
            Assert.True(IsHeld(folder.At("run")));
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
            holder.WaitForExit();
        }
        Assert.True(SpinWait.SpinUntil(() => !IsHeld(folder.At("run")), TimeSpan.FromSeconds(20)));
    }

    private static bool IsHeld(string folder)
    {
        try
        {
            FolderLock.Take(folder).Dispose();
            return false;
        }
        catch (RcaException)
        {
            return true;
        }
    }
}
