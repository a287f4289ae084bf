namespace Rca.Torch.Tests;

public class TensorScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        long before = Handles.Live();
        Tensor made;
        using (new TensorScope())
        {
            made = Tensor.Zeros([2]) + 1;
            Assert.Equal(before + 2, Tensor.LiveHandles);
        }
        Assert.Equal(before, Tensor.LiveHandles);
        Assert.Throws<ObjectDisposedException>(() => made.Shape);
        Assert.Equal("Tensor (disposed)", made.ToString());
    }

    [Fact]
    public void Keep_moves_a_tensor_one_scope_out_only()
    {
        using var outermost = new TensorScope();
        Tensor kept;
        using (new TensorScope())
        {
            using (var inner = new TensorScope()) kept = inner.Keep(Tensor.Full([1], 5));
            Assert.Equal(5, kept.Item());
        }
        Assert.Throws<ObjectDisposedException>(() => kept.Item());
    }

    [Fact]
    public void Keep_without_a_surrounding_scope_leaves_the_tensor_to_the_caller()
    {
        Tensor kept;
        using (var scope = new TensorScope()) kept = scope.Keep(Tensor.Full([1], 5));
        using (kept) Assert.Equal(5, kept.Item());
    }

    [Fact]
    public void Keep_does_not_take_a_weight_from_its_owner()
    {
        using Tensor weight = Tensor.Full([1], 5).Escape();
        using (new TensorScope())
        {
            using var inner = new TensorScope();
            inner.Keep(weight);
        }
        Assert.Equal(5, weight.Item());
    }

    [Fact]
    public void Escape_outlives_every_scope()
    {
        Tensor escaped;
        using (new TensorScope())
        using (new TensorScope())
            escaped = Tensor.Full([1], 5).Escape();
        using (escaped) Assert.Equal(5, escaped.Item());
    }

    [Fact]
    public void Disposing_early_and_twice_is_harmless()
    {
        long before = Handles.Live();
        var scope = new TensorScope();
        Tensor tensor = Tensor.Zeros([1]);
        tensor.Dispose();
        tensor.Dispose();
        scope.Dispose();
        scope.Dispose();
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void The_outer_scope_does_not_close_before_the_inner_one()
    {
        var outer = new TensorScope();
        Tensor tensor = Tensor.Zeros([1]);
        var inner = new TensorScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        Assert.Equal(1, tensor.Count);
        inner.Dispose();
        outer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Count);
    }

    [Fact]
    public void Another_thread_neither_closes_a_scope_nor_fills_it()
    {
        using var scope = new TensorScope();
        Tensor? foreign = null;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            foreign = Tensor.Full([1], 5);
            error = Record.Exception(scope.Dispose);
        });
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(error);
        scope.Dispose();
        using (foreign) Assert.Equal(5, foreign!.Item());
    }

    [Fact]
    public void An_exception_closes_scopes_on_its_way()
    {
        long before = Handles.Live();
        Assert.Throws<OperatorException>(static () =>
        {
            using var outer = new TensorScope();
            Tensor a = Tensor.Zeros([2, 3]);
            using var inner = new TensorScope();
            (a + 1).Matmul(a);
        });
        Assert.Equal(before, Tensor.LiveHandles);
        Tensor outside = Tensor.Zeros([1]);
        Assert.Null(outside.Scope);
        outside.Dispose();
    }

    [Fact]
    public void A_disposed_argument_is_a_clear_error()
    {
        using var scope = new TensorScope();
        Tensor live = Tensor.Zeros([2]), gone = Tensor.Zeros([2]);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => live + gone);
        Assert.Throws<ObjectDisposedException>(() => Tensor.Concatenate([live, gone], 0));
    }
}
